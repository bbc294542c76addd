/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import io.spanglass.examples.modelserver.ServerOptions;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param baseUrl a foreign endpoint; null for the model server
 * @param model the foreign endpoint's model; null for the model server's
 * @param otlpEndpoint where to pass every OTLP request on to; null for nowhere
 * @param server the model server's timing; its port is always a free one
 * @param dump where to write every OTLP request; null for nowhere
 * @param json whether the report is JSON
 * @param api whether to call the model server by the APIs of others, in place of the applications'
 *     own calls
 * @param help whether nothing but the help is wanted
 */
record DemoOptions(
    @Nullable String baseUrl,
    @Nullable String model,
    @Nullable URI otlpEndpoint,
    ServerOptions server,
    @Nullable Path dump,
    boolean json,
    boolean api,
    boolean help) {

  /**
   * Reads {@code --name value} and {@code --name=value}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static DemoOptions parse(String... args) {
    String baseUrl = null;
    String model = null;
    URI otlpEndpoint = null;
    ServerOptions server = ServerOptions.DEFAULTS;
    boolean serverTimes = false;
    Path dump = null;
    boolean json = false;
    boolean api = false;
    for (int i = 0; i < args.length; i++) {
      String name = args[i];
      if (name.equals("--help") || name.equals("-h")) {
        return new DemoOptions(null, null, null, server, null, false, false, true);
      }
      if (name.equals("--api")) {
        api = true;
        continue;
      }
      String value = null;
      int equals = name.indexOf('=');
      if (name.startsWith("--") && equals > 0) {
        value = name.substring(equals + 1);
        name = name.substring(0, equals);
      } else if (i + 1 < args.length) {
        value = args[i + 1];
        i++;
      }
      switch (name) {
        case "--base-url" -> baseUrl = http(name, value).toString();
        case "--model" -> model = required(name, value);
        case "--otlp-endpoint" -> otlpEndpoint = http(name, value);
        case "--server-ttft-ms" -> {
          server = server.withTtftMs(milliseconds(name, value));
          serverTimes = true;
        }
        case "--server-chunk-ms" -> {
          server = server.withChunkMs(milliseconds(name, value));
          serverTimes = true;
        }
        case "--dump" -> dump = Path.of(required(name, value));
        case "--format" -> json = format(value);
        default -> throw new IllegalArgumentException("unknown option " + name);
      }
    }
    if ((baseUrl == null) != (model == null)) {
      throw new IllegalArgumentException("--base-url and --model go together");
    }
    if (baseUrl != null && serverTimes) {
      throw new IllegalArgumentException(
          "--server-ttft-ms and --server-chunk-ms are for the demo's own model server");
    }
    if (baseUrl != null && api) {
      throw new IllegalArgumentException("--api is for the demo's own model server");
    }
    return new DemoOptions(baseUrl, model, otlpEndpoint, server, dump, json, api, false);
  }

  private static String required(String name, @Nullable String value) {
    if (value == null || value.isEmpty() || value.startsWith("--")) {
      throw new IllegalArgumentException(name + " needs a value");
    }
    return value;
  }

  private static long milliseconds(String name, @Nullable String value) {
    String text = required(name, value);
    try {
      long number = Long.parseLong(text);
      if (number >= 0 && number <= 600_000) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        name + " needs a number from 0 to 600000, not \"" + text + "\"");
  }

  private static URI http(String name, @Nullable String value) {
    String text = required(name, value);
    try {
      URI uri = URI.create(text);
      if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new IllegalArgumentException(name + " needs an http or https URL, not \"" + text + "\"");
  }

  private static boolean format(@Nullable String value) {
    String text = required("--format", value);
    return switch (text) {
      case "json" -> true;
      case "text" -> false;
      default ->
          throw new IllegalArgumentException("--format is text or json, not \"" + text + "\"");
    };
  }
}
