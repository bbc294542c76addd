/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.spanglass.testing.Head;
import io.spanglass.wire.bytes.ByteSink;
import io.spanglass.wire.decode.OutputKind;
import io.spanglass.wire.decode.RequestDecoder;
import io.spanglass.wire.decode.ResponseDecoder;
import io.spanglass.wire.decode.ResponseFacts;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.DocumentFraming;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request and its response as they pass on the wire, and what the wire core reads from them. */
final class RecordedExchange {
  static final ObjectMapper JACKSON = new ObjectMapper();

  final WireApi api;
  final byte[] requestBody;
  final int status;
  final @Nullable String contentType;
  final byte[] responseBody;

  /** How the pieces of a body are cut. */
  interface Cuts {
    void feed(byte[] bytes, ByteSink sink);
  }

  RecordedExchange(
      URI uri, byte[] requestBody, int status, @Nullable String contentType, byte[] responseBody) {
    this.api = requireNonNull(WireApis.byPath("POST", uri.getRawPath()), uri.toString());
    this.requestBody = requestBody;
    this.status = status;
    this.contentType = contentType;
    this.responseBody = responseBody;
  }

  /** The exchange of a file, and the facts that the file expects. */
  record Recorded(RecordedExchange exchange, JsonNode expected) {}

  static Recorded read(Path file) throws IOException {
    String[] parts = Files.readString(file).split("(?m)^#### \\w+\n", -1);
    String request = parts[0];
    int requestLineEnd = request.indexOf('\n');
    String response = parts[1];
    int headEnd = response.indexOf("\n\n");
    return new Recorded(
        new RecordedExchange(
            URI.create(request.substring("POST ".length(), requestLineEnd)),
            request.substring(requestLineEnd + 1).getBytes(UTF_8),
            Integer.parseInt(response.split(" ", 3)[1]),
            contentType(response.substring(0, headEnd)),
            response.substring(headEnd + 2).getBytes(UTF_8)),
        JACKSON.readTree(parts[2]));
  }

  static @Nullable String contentType(String head) {
    for (String line : head.split("\r?\n", -1)) {
      if (line.startsWith("content-type: ")) {
        return line.substring("content-type: ".length());
      }
    }
    return null;
  }

  /** Reads the exchange; absent facts are not in the result. */
  ObjectNode facts(Cuts cuts) {
    ObjectNode facts = JACKSON.createObjectNode();
    RequestDecoder request = api.newRequestDecoder();
    BodyReader body = new BodyReader(new DocumentFraming(request), null);
    cuts.feed(requestBody, body::onBytes);
    body.onEnd();
    facts.set("request", present(request.facts()));

    List<String> chunks = new ArrayList<>();
    CallState call = new CallState(0, new NoChunks());
    ResponseReader reader =
        new Head(status, contentType, null).newReader(new Listened(api, chunks), call);
    call.onResponseHead(status, reader);
    cuts.feed(
        responseBody,
        (bytes, offset, length) -> {
          if (!call.isEnded()) {
            call.onResponseBytes(1);
            reader.onBytes(bytes, offset, length);
          }
        });
    if (!call.isEnded()) {
      reader.onEnd();
      call.onResponseEnd(2);
    }

    ObjectNode response = present(call.response());
    response.set("finishReasons", JACKSON.valueToTree(call.response().finishReasons()));
    facts.set("response", response);
    facts.set("chunks", JACKSON.valueToTree(chunks));
    facts.put("end", requireNonNull(call.end()).value());
    if (call.errorType() != null) {
      facts.put("errorType", call.errorType());
    }
    return facts;
  }

  private static ObjectNode present(Object facts) {
    ObjectNode node = JACKSON.createObjectNode();
    for (Field field : facts.getClass().getDeclaredFields()) {
      if (!Modifier.isPublic(field.getModifiers()) || Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      try {
        Object value = field.get(facts);
        boolean absent =
            value == null || (facts instanceof ResponseFacts && value.equals(ResponseFacts.ABSENT));
        if (!absent) {
          node.set(field.getName(), JACKSON.valueToTree(value));
        }
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return node;
  }

  /** Writes down what the decoder tells of chunks. */
  private static final class Listened implements WireApi {
    private final WireApi api;
    private final List<String> chunks;

    Listened(WireApi api, List<String> chunks) {
      this.api = api;
      this.chunks = chunks;
    }

    @Override
    public ResponseDecoder newResponseDecoder(ResponseListener listener) {
      return api.newResponseDecoder(
          new ResponseListener() {
            @Override
            public void onChunk(int outputKinds, boolean hasChoices) {
              chunks.add(hasChoices ? kinds(outputKinds) : "usage");
              listener.onChunk(outputKinds, hasChoices);
            }

            @Override
            public void onTerminator() {
              chunks.add("done");
              listener.onTerminator();
            }
          });
    }

    private static String kinds(int bits) {
      List<String> kinds = new ArrayList<>();
      for (int i = 0; i < OutputKind.COUNT; i++) {
        if ((bits & (1 << i)) != 0) {
          kinds.add(OutputKind.name(i));
        }
      }
      return kinds.isEmpty() ? "none" : String.join("+", kinds);
    }

    @Override
    public RequestDecoder newRequestDecoder() {
      return api.newRequestDecoder();
    }

    @Override
    public String operation() {
      return api.operation();
    }

    @Override
    public String inferredProvider() {
      return api.inferredProvider();
    }

    @Override
    public @Nullable String apiType() {
      return api.apiType();
    }

    @Override
    public String[] pathSuffixes() {
      return api.pathSuffixes();
    }
  }

  private static final class NoChunks implements ChunkListener {
    @Override
    public void onFirstChunk(CallState call) {}

    @Override
    public void onNextChunk(CallState call, long nanos) {}
  }
}
