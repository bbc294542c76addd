#!/usr/bin/env python3
#
# Copyright The Spanglass Authors
# SPDX-License-Identifier: Apache-2.0
#
"""Makes two tiny models with random weights, and a tokenizer for each; needs no network.

usage: make_models.py DIRECTORY

The weights come from a fixed seed and the tokenizers are trained on a text that the pinned
environment brings, so every machine gets the same models. What they say makes no sense.

chat        Qwen3, 2 layers of 64: 2 to 5 ms for a token on one core; broken UTF-8 at times
embeddings  BERT, 2 layers of 64: vectors of 64 numbers
"""

import json
import os
import sys
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

VOCABULARY = 2048
HIDDEN, LAYERS, INTERMEDIATE = 64, 2, 128
HEADS, KEY_VALUE_HEADS, HEAD = 2, 1, 32
CHAT_POSITIONS, EMBEDDINGS_POSITIONS = 2048, 512

CHAT_TEMPLATE = (
    "{%- if tools %}{{- '<|im_start|>system\n# Tools\n' }}"
    "{%- for tool in tools %}{{- tool | tojson }}{{- '\n' }}{%- endfor %}"
    "{{- '<|im_end|>\n' }}{%- endif %}"
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message.role + '\n' }}"
    "{{- (message.content if message.content is string else '') + '<|im_end|>\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
)


def text():
    root = Path(transformers.__file__).parent
    return [str(file) for file in sorted(root.glob("*.py"))][:30]


def padded(tokenizer):
    return (tokenizer.get_vocab_size() + 63) // 64 * 64


def random(*shape):
    return torch.randn(*shape) * 0.08


def write(directory, tokenizer, files, weights):
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(directory / "tokenizer.json"))
    for name, content in files.items():
        (directory / name).write_text(json.dumps(content, indent=1) + "\n")
    save_file(
        {name: tensor.contiguous() for name, tensor in weights.items()},
        str(directory / "model.safetensors"),
        metadata={"format": "pt"},
    )


def chat(directory):
    torch.manual_seed(7)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer.train(
        text(),
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    # vLLM's parser of tool calls looks for these two in the vocabulary.
    tokenizer.add_tokens(["<tool_call>", "</tool_call>"])
    vocabulary = padded(tokenizer)
    end = tokenizer.token_to_id("<|im_end|>")
    pad = tokenizer.token_to_id("<|endoftext|>")
    weights = {
        "model.embed_tokens.weight": random(vocabulary, HIDDEN) * 5,
        "lm_head.weight": random(vocabulary, HIDDEN) * 4,
        "model.norm.weight": torch.ones(HIDDEN),
    }
    for layer in range(LAYERS):
        name = f"model.layers.{layer}."
        weights[name + "self_attn.q_proj.weight"] = random(HEADS * HEAD, HIDDEN)
        weights[name + "self_attn.k_proj.weight"] = random(KEY_VALUE_HEADS * HEAD, HIDDEN)
        weights[name + "self_attn.v_proj.weight"] = random(KEY_VALUE_HEADS * HEAD, HIDDEN)
        weights[name + "self_attn.o_proj.weight"] = random(HIDDEN, HEADS * HEAD)
        weights[name + "self_attn.q_norm.weight"] = torch.ones(HEAD)
        weights[name + "self_attn.k_norm.weight"] = torch.ones(HEAD)
        weights[name + "mlp.gate_proj.weight"] = random(INTERMEDIATE, HIDDEN)
        weights[name + "mlp.up_proj.weight"] = random(INTERMEDIATE, HIDDEN)
        weights[name + "mlp.down_proj.weight"] = random(HIDDEN, INTERMEDIATE)
        weights[name + "input_layernorm.weight"] = torch.ones(HIDDEN)
        weights[name + "post_attention_layernorm.weight"] = torch.ones(HIDDEN)
    config = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "intermediate_size": INTERMEDIATE,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEY_VALUE_HEADS,
        "head_dim": HEAD,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "max_position_embeddings": CHAT_POSITIONS,
        "rope_theta": 10000.0,
        "vocab_size": vocabulary,
        "tie_word_embeddings": False,
        "attention_bias": False,
        "bos_token_id": None,
        "eos_token_id": end,
        "pad_token_id": pad,
        "torch_dtype": "float32",
    }
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": CHAT_POSITIONS,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    generation_config = {
        "eos_token_id": end,
        "pad_token_id": pad,
        "do_sample": True,
        "temperature": 1.0,
    }
    files = {
        "config.json": config,
        "tokenizer_config.json": tokenizer_config,
        "generation_config.json": generation_config,
    }
    write(directory, tokenizer, files, weights)


def embeddings(directory):
    torch.manual_seed(7)
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train(
        text(),
        trainers.WordPieceTrainer(
            vocab_size=VOCABULARY, special_tokens=special, show_progress=False
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    vocabulary = padded(tokenizer)
    weights = {
        "embeddings.word_embeddings.weight": random(vocabulary, HIDDEN),
        "embeddings.position_embeddings.weight": random(EMBEDDINGS_POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": random(2, HIDDEN),
    }

    def linear(name, rows, columns):
        weights[name + ".weight"] = random(rows, columns)
        weights[name + ".bias"] = torch.zeros(rows)

    def norm(name):
        weights[name + ".weight"] = torch.ones(HIDDEN)
        weights[name + ".bias"] = torch.zeros(HIDDEN)

    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linear(name + "attention." + part, HIDDEN, HIDDEN)
        norm(name + "attention.output.LayerNorm")
        linear(name + "intermediate.dense", INTERMEDIATE, HIDDEN)
        linear(name + "output.dense", HIDDEN, INTERMEDIATE)
        norm(name + "output.LayerNorm")
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INTERMEDIATE,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": EMBEDDINGS_POSITIONS,
        "position_embedding_type": "absolute",
        "type_vocab_size": 2,
        "vocab_size": vocabulary,
        "pad_token_id": 0,
        "torch_dtype": "float32",
    }
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
        "model_max_length": EMBEDDINGS_POSITIONS,
    }
    files = {"config.json": config, "tokenizer_config.json": tokenizer_config}
    write(directory, tokenizer, files, weights)


def main():
    directory = Path(sys.argv[1])
    chat(directory / "chat")
    embeddings(directory / "embeddings")


if __name__ == "__main__":
    main()
