/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.redaction;

import io.spanglass.redaction.RedactionType;
import java.util.ArrayList;
import java.util.List;

/** Texts to redact, each of the length that is asked for. */
public enum RedactionText {
  /** Sentences as people write them to a model, with numbers and dates and nothing private. */
  CLEAN {
    @Override
    String part(Generator generator, int i) {
      return SENTENCES[i % SENTENCES.length];
    }
  },
  /** Code, SQL and log lines. */
  TECHNICAL {
    @Override
    String part(Generator generator, int i) {
      return i % 3 == 0 ? generator.lookAlike().text() : CODE[i % CODE.length];
    }
  },
  /** Something in every sentence. */
  DENSE {
    @Override
    String part(Generator generator, int i) {
      return generator.sample(TYPES[i % TYPES.length]).text();
    }
  };

  static final int PIECE = 4096;

  private static final RedactionType[] TYPES = {
    RedactionType.EMAIL,
    RedactionType.CARD,
    RedactionType.PHONE,
    RedactionType.US_SSN,
    RedactionType.IBAN,
    RedactionType.IP_ADDRESS,
    RedactionType.API_KEY,
    RedactionType.PL_PESEL
  };
  private static final String[] SENTENCES = {
    "Please summarise the meeting of 12 May 2024 in three sentences, and keep the tone friendly. ",
    "The quarterly report says that revenue grew by 4.5 %, mostly in the north; costs stayed flat."
        + " ",
    "\"What do you think of it?\" she asked - he did not answer, and looked out of the window"
        + " instead. ",
    "Write a short story about a lighthouse keeper who finds a letter in a bottle. Use simple"
        + " words. ",
    "In 1969, three people flew to the moon; two of them walked on it for about 2 hours and a half."
        + " "
  };
  private static final String[] CODE = {
    "for (int i = 0; i < values.length; i++) { sum += values[i] * weights.get(i); }\n",
    "SELECT o.id, o.total FROM orders o JOIN items i ON i.order_id = o.id WHERE o.total > 100\n",
    "2024-05-01T10:20:30.123Z INFO [main] c.e.app.Server - started in 2.31 seconds (port 8080)\n",
    "    at com.example.service.UserService.load(UserService.java:142)\n"
  };

  abstract String part(Generator generator, int i);

  /** So much text, in pieces as attributes have them. */
  String[] pieces(int length) {
    Generator generator = new Generator(7);
    StringBuilder all = new StringBuilder();
    for (int i = 0; all.length() < length; i++) {
      all.append(part(generator, i)).append(' ');
    }
    List<String> pieces = new ArrayList<>();
    for (int at = 0; at < all.length(); at += PIECE) {
      pieces.add(all.substring(at, Math.min(all.length(), at + PIECE)));
    }
    return pieces.toArray(new String[0]);
  }
}
