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
import io.spanglass.testing.AwsEvents;
import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import io.spanglass.wire.bytes.ByteSink;
import io.spanglass.wire.decode.OutputKind;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.RequestReader;
import io.spanglass.wire.decode.ResponseFacts;
import io.spanglass.wire.decode.ResponseListener;
import io.spanglass.wire.decode.ResponseReader;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.decode.WireApis;
import io.spanglass.wire.frame.AwsEventFraming;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A request and its response as they pass on the wire, and what the wire core reads from them. */
final class RecordedExchange {
  static final ObjectMapper JACKSON = new ObjectMapper();

  /** By {@code ServerTime}. */
  private static final List<String> SERVER_TIMES =
      List.of(
          "total", "validation", "queue", "inference", "perToken", "load", "prompt", "generation");

  final WireApi api;
  final Request request;
  final byte[] requestBody;
  final int status;
  final byte[] responseBody;
  private final Map<String, String> responseHeaders;

  /** How the pieces of a body are cut. */
  interface Cuts {
    void feed(byte[] bytes, ByteSink sink);
  }

  /** The head of a request. */
  record Request(String method, URI uri, Map<String, String> headers) implements RequestHead {
    @Override
    public @Nullable String scheme() {
      return uri.getScheme();
    }

    @Override
    public @Nullable String host() {
      return uri.getHost();
    }

    @Override
    public int port() {
      return uri.getPort();
    }

    @Override
    public @Nullable String rawPath() {
      return uri.getRawPath();
    }

    @Override
    public @Nullable String rawQuery() {
      return uri.getRawQuery();
    }

    @Override
    public @Nullable String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }
  }

  /** The head of a response. */
  private record Response(int status, Map<String, String> headers) implements ResponseHead {
    @Override
    public @Nullable String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }
  }

  RecordedExchange(
      Request request,
      byte[] requestBody,
      int status,
      Map<String, String> responseHeaders,
      byte[] responseBody) {
    WireApi api = WireApis.byPath(request.method(), request.rawPath());
    if (api == null && "/".equals(request.rawPath())) {
      // As where the configuration says that the server is a TGI.
      api = WireApis.tgi();
    }
    this.api = requireNonNull(api, request.uri().toString());
    this.request = request;
    this.requestBody = requestBody;
    this.status = status;
    this.responseHeaders = responseHeaders;
    this.responseBody = responseBody;
  }

  /** The same exchange with other bodies. */
  RecordedExchange with(byte[] otherRequestBody, byte[] otherResponseBody) {
    return new RecordedExchange(
        request, otherRequestBody, status, responseHeaders, otherResponseBody);
  }

  /** The exchange of a file, and the facts that the file expects. */
  record Recorded(RecordedExchange exchange, JsonNode expected) {}

  private static final Pattern HEAD =
      Pattern.compile(
          "source: \\S.*\ndate: \\d{4}-\\d\\d-\\d\\d\n(captured|documented)\n(?=[A-Z]+ )");

  private static final Pattern HEADER = Pattern.compile("([a-z][a-z0-9-]*): (.*)\r?\n");

  static Recorded read(Path file) throws IOException {
    String text = Files.readString(file);
    Matcher head = HEAD.matcher(text);
    if (!head.lookingAt()) {
      throw new AssertionError(
          file + " does not start with where it is from: source, date, captured or documented");
    }
    String[] parts = text.substring(head.end()).split("(?m)^#### \\w+\n", -1);
    String request = parts[0];
    int requestLineEnd = request.indexOf('\n');
    String[] requestLine = request.substring(0, requestLineEnd).split(" ", -1);
    Map<String, String> requestHeaders = new HashMap<>();
    int bodyFrom = headers(request, requestLineEnd + 1, requestHeaders);
    String response = parts[1];
    Map<String, String> responseHeaders = new HashMap<>();
    int responseFrom = headers(response, response.indexOf('\n') + 1, responseHeaders);
    return new Recorded(
        new RecordedExchange(
            new Request(requestLine[0], URI.create(requestLine[1]), requestHeaders),
            request.substring(bodyFrom).getBytes(UTF_8),
            Integer.parseInt(response.split(" ", 3)[1]),
            responseHeaders,
            body(responseHeaders, response.substring(responseFrom + 1))),
        JACKSON.readTree(parts[2]));
  }

  /** Of AWS's event streams the file has what they say, a message a line. */
  private static byte[] body(Map<String, String> headers, String text) {
    return AwsEventFraming.isTypeOf(headers.get("content-type"))
        ? AwsEvents.of(text)
        : text.getBytes(UTF_8);
  }

  /** Reads header lines, and returns where the first line is that is none. */
  static int headers(String text, int from, Map<String, String> headers) {
    Matcher header = HEADER.matcher(text);
    int at = from;
    while (header.region(at, text.length()).lookingAt()) {
      headers.putIfAbsent(header.group(1), header.group(2));
      at = header.end();
    }
    return at;
  }

  ResponseHead response() {
    return new Response(status, responseHeaders);
  }

  /** What the wire core reads from one exchange. */
  private record Read(RequestFacts request, CallState call, List<String> chunks) {}

  private Read read(Cuts cuts) {
    RequestReader body = api.newRequestReader(request);
    cuts.feed(requestBody, body::onBytes);
    List<String> chunks = new ArrayList<>();
    CallState call = new CallState(0, new NoChunks());
    ResponseReader reader = api.newResponseReader(request, response(), new Listener(call, chunks));
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
    return new Read(body.facts(), call, chunks);
  }

  /** Reads the exchange; absent facts are not in the result. */
  ObjectNode facts(Cuts cuts) {
    Read read = read(cuts);
    CallState call = read.call;
    ObjectNode facts = JACKSON.createObjectNode();
    facts.set("request", present(read.request));
    ObjectNode response = present(call.response());
    response.set("finishReasons", JACKSON.valueToTree(call.response().finishReasons()));
    facts.set("response", response);
    facts.set("chunks", JACKSON.valueToTree(read.chunks));
    facts.put("end", requireNonNull(call.end()).value());
    if (call.errorType() != null) {
      facts.put("errorType", call.errorType());
    }
    if (!Double.isNaN(call.retryAfterSeconds())) {
      facts.put("retryAfter", call.retryAfterSeconds());
    }
    return facts;
  }

  /** The same as text, quickly. */
  String text(Cuts cuts) {
    Read read = read(cuts);
    CallState call = read.call;
    StringBuilder text = new StringBuilder();
    append(text, read.request, REQUEST_FIELDS);
    append(text, call.response(), RESPONSE_FIELDS);
    return text.append(call.response().finishReasons())
        .append(read.chunks)
        .append(call.end())
        .append(call.errorType())
        .append(call.retryAfterSeconds())
        .append(call.isEventStream())
        .toString();
  }

  private static final Field[] REQUEST_FIELDS = RequestFacts.class.getFields();
  private static final Field[] RESPONSE_FIELDS = ResponseFacts.class.getFields();

  private static void append(StringBuilder text, Object facts, Field[] fields) {
    try {
      for (Field field : fields) {
        if (!Modifier.isStatic(field.getModifiers())) {
          Object value = field.get(facts);
          text.append(field.getName())
              .append('=')
              .append(value instanceof long[] longs ? Arrays.toString(longs) : value)
              .append(' ');
        }
      }
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
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
        if (value instanceof long[] times) {
          node.set(field.getName(), named(times));
        } else if (!absent) {
          node.set(field.getName(), JACKSON.valueToTree(value));
        }
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return node;
  }

  private static ObjectNode named(long[] serverTimes) {
    ObjectNode node = JACKSON.createObjectNode();
    for (int i = 0; i < serverTimes.length; i++) {
      if (serverTimes[i] != ResponseFacts.ABSENT) {
        node.put(SERVER_TIMES.get(i), serverTimes[i]);
      }
    }
    return node;
  }

  /** Writes down what the decoder tells of chunks. */
  private record Listener(ResponseListener call, List<String> chunks) implements ResponseListener {
    @Override
    public void onChunk(int outputKinds, boolean hasChoices) {
      chunks.add(hasChoices ? kinds(outputKinds) : "usage");
      call.onChunk(outputKinds, hasChoices);
    }

    @Override
    public void onTerminator() {
      chunks.add("done");
      call.onTerminator();
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
  }

  private static final class NoChunks implements ChunkListener {
    @Override
    public void onFirstChunk(CallState call) {}

    @Override
    public void onNextChunk(CallState call, long nanos) {}
  }
}
