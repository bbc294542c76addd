/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.langchain4j;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;

/** Prints one line of JSON for each call that a model answers or fails. */
final class CallPrinter implements ChatModelListener {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final boolean stream;
  private volatile String call = "chat";

  CallPrinter(boolean stream) {
    this.stream = stream;
  }

  /** Names what the application does from now on. */
  void begin(String name) {
    call = name;
  }

  @Override
  public void onResponse(ChatModelResponseContext context) {
    ChatResponse response = context.chatResponse();
    AiMessage message = response.aiMessage();
    ObjectNode result = result(context.chatRequest()).put("response_id", response.id());
    if (message.hasToolExecutionRequests()) {
      ArrayNode tools = result.putArray("tool_calls");
      for (ToolExecutionRequest request : message.toolExecutionRequests()) {
        tools.add(request.name() + " " + request.arguments());
      }
    }
    if (message.text() != null) {
      result.put("answer", message.text());
    }
    System.out.println(result);
  }

  @Override
  public void onError(ChatModelErrorContext context) {
    System.out.println(result(context.chatRequest()).put("error", context.error().toString()));
  }

  private ObjectNode result(ChatRequest request) {
    return JSON.createObjectNode()
        .put("call", call)
        .put("api", "chat")
        .put("model", request.modelName())
        .put("stream", stream);
  }
}
