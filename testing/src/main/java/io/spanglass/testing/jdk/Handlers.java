/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.spanglass.testing.contract.Bodies;
import io.spanglass.testing.contract.Transcript;
import io.spanglass.testing.jdk.JdkCall.Call;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The body handlers of the JDK, and some of applications, each with the way its body is read. */
enum Handlers {
  STRING,
  STRING_UTF_16,
  BYTES,
  INPUT_STREAM,
  INPUT_STREAM_BYTEWISE,
  LINES,
  PUBLISHER,
  LINE_SUBSCRIBER,
  LINE_SUBSCRIBER_FINISHER,
  SUBSCRIBER,
  SUBSCRIBER_FINISHER,
  CONSUMER,
  DISCARDING,
  REPLACING,
  BUFFERING,
  LIMITING,
  FILE,
  CUSTOM,
  CUSTOM_INFO,
  MAPPING,
  LAZY_MAPPING;

  boolean isLineSubscriber() {
    return this == LINE_SUBSCRIBER || this == LINE_SUBSCRIBER_FINISHER;
  }

  /** Performs the request with this handler and writes down all that comes of it. */
  void perform(Transcript t, HttpClient client, Call call, HttpRequest request) throws Exception {
    switch (this) {
      case STRING ->
          JdkCall.perform(
              t,
              client,
              call,
              request,
              BodyHandlers.ofString(),
              body -> t.bytes("body", Bodies.utf8(body)));
      case STRING_UTF_16 ->
          JdkCall.perform(
              t,
              client,
              call,
              request,
              BodyHandlers.ofString(StandardCharsets.UTF_16BE),
              body -> t.bytes("body", body.getBytes(StandardCharsets.UTF_16BE)));
      case BYTES ->
          JdkCall.perform(
              t, client, call, request, BodyHandlers.ofByteArray(), body -> t.bytes("body", body));
      case INPUT_STREAM ->
          JdkCall.perform(
              t, client, call, request, BodyHandlers.ofInputStream(), body -> readAll(t, body));
      case INPUT_STREAM_BYTEWISE ->
          JdkCall.perform(
              t,
              client,
              call,
              request,
              BodyHandlers.ofInputStream(),
              body -> readBytewise(t, body));
      case LINES ->
          JdkCall.perform(t, client, call, request, BodyHandlers.ofLines(), body -> lines(t, body));
      case PUBLISHER ->
          JdkCall.perform(
              t, client, call, request, BodyHandlers.ofPublisher(), body -> subscribe(t, body));
      case LINE_SUBSCRIBER -> {
        LineRecorder lines = new LineRecorder(-1);
        JdkCall.perform(
            t, client, call, request, BodyHandlers.fromLineSubscriber(lines), lines.reader(t));
      }
      case LINE_SUBSCRIBER_FINISHER -> {
        LineRecorder lines = new LineRecorder(-1);
        JdkCall.perform(
            t,
            client,
            call,
            request,
            BodyHandlers.fromLineSubscriber(lines, LineRecorder::lines, "\n"),
            body -> t.add("lines", body));
      }
      case SUBSCRIBER -> {
        RecordingSubscriber subscriber = new RecordingSubscriber();
        JdkCall.perform(
            t, client, call, request, BodyHandlers.fromSubscriber(subscriber), JdkCall.noting(t));
        t.bytes("received", subscriber.getBody().toCompletableFuture().getNow(null));
        events(t, subscriber);
      }
      case SUBSCRIBER_FINISHER -> {
        RecordingSubscriber subscriber = new RecordingSubscriber();
        JdkCall.perform(
            t,
            client,
            call,
            request,
            BodyHandlers.fromSubscriber(
                subscriber, s -> s.getBody().toCompletableFuture().getNow(null)),
            body -> t.bytes("body", body));
        events(t, subscriber);
      }
      case CONSUMER -> {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StringBuilder end = new StringBuilder();
        JdkCall.perform(
            t,
            client,
            call,
            request,
            BodyHandlers.ofByteArrayConsumer(
                piece -> piece.ifPresentOrElse(bytes::writeBytes, () -> end.append("end "))),
            JdkCall.noting(t));
        t.bytes("consumed " + end, bytes.toByteArray());
      }
      case DISCARDING ->
          JdkCall.perform(t, client, call, request, BodyHandlers.discarding(), JdkCall.noting(t));
      case REPLACING ->
          JdkCall.perform(
              t,
              client,
              call,
              request,
              BodyHandlers.replacing("replacement"),
              body -> t.add("body", body));
      case BUFFERING -> {
        RecordingSubscriber subscriber = new RecordingSubscriber();
        JdkCall.perform(
            t,
            client,
            call,
            request,
            BodyHandlers.buffering(info -> subscriber, 100),
            body -> t.bytes("body", body));
        // Buffering makes the sizes the same however the network cuts.
        t.add("events", subscriber.events());
      }
      case LIMITING -> {
        BodyHandler<byte[]> limiting = limiting(BodyHandlers.ofByteArray(), 400);
        if (limiting == null) {
          t.add("skipped", "this JDK has no limiting handler");
        } else {
          JdkCall.perform(t, client, call, request, limiting, body -> t.bytes("body", body));
        }
      }
      case FILE -> {
        Path file = Files.createTempFile("spanglass-workload", ".body");
        try {
          JdkCall.perform(
              t,
              client,
              call,
              request,
              BodyHandlers.ofFile(file),
              body -> {
                t.add("same file", body.equals(file));
                t.bytes("body", Files.readAllBytes(body));
              });
        } finally {
          Files.deleteIfExists(file);
        }
      }
      case CUSTOM -> {
        RecordingSubscriber subscriber = new RecordingSubscriber();
        JdkCall.perform(
            t, client, call, request, info -> subscriber, body -> t.bytes("body", body));
        events(t, subscriber);
      }
      case CUSTOM_INFO ->
          JdkCall.perform(
              t,
              client,
              call,
              request,
              info -> {
                info(t, info);
                return BodySubscribers.ofByteArray();
              },
              body -> t.bytes("body", body));
      case MAPPING ->
          JdkCall.perform(
              t,
              client,
              call,
              request,
              info ->
                  BodySubscribers.mapping(
                      BodySubscribers.ofByteArray(), bytes -> List.of(bytes.length, "mapped")),
              body -> t.add("body", body));
      case LAZY_MAPPING ->
          JdkCall.perform(
              t,
              client,
              call,
              request,
              info -> BodySubscribers.mapping(BodySubscribers.ofInputStream(), in -> () -> in),
              (Supplier<InputStream> body) -> readAll(t, body.get()));
    }
  }

  private static void info(Transcript t, ResponseInfo info) {
    t.add("other threads", Transcript.otherThreads(Set.of(Transcript.threadPattern())));
    t.add("info status", info.statusCode());
    t.add("info version", info.version());
    t.add("info headers", new TreeMap<>(info.headers().map()));
    t.add("info class", info.getClass().getName());
  }

  private static void events(Transcript t, RecordingSubscriber subscriber) {
    t.add("events", subscriber.eventsWithoutSizes());
    t.add("other threads", Transcript.otherThreads(subscriber.threads()));
  }

  static void readAll(Transcript t, InputStream in) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[97];
    try (in) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes.write(buffer, 0, n);
      }
      t.add("after the end", in.read());
    } catch (Throwable e) {
      // What was not read by then the stream of the JDK throws away.
      t.exception("read", e);
      return;
    }
    t.bytes("body", bytes.toByteArray());
    t.add("stream class", in.getClass().getName());
  }

  private static void readBytewise(Transcript t, InputStream in) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (in) {
      for (int b = in.read(); b >= 0; b = in.read()) {
        bytes.write(b);
      }
    } catch (Throwable e) {
      // What was not read by then the stream of the JDK throws away.
      t.exception("read", e);
      return;
    }
    t.bytes("body", bytes.toByteArray());
  }

  private static void lines(Transcript t, Stream<String> body) {
    try (body) {
      List<String> lines = body.collect(Collectors.toList());
      t.add("line count", lines.size());
      t.bytes("lines", Bodies.utf8(String.join("|", lines)));
    } catch (Throwable e) {
      t.exception("lines", e);
    }
  }

  private static void subscribe(Transcript t, Flow.Publisher<List<ByteBuffer>> body)
      throws Exception {
    RecordingSubscriber subscriber = new RecordingSubscriber();
    body.subscribe(subscriber);
    try {
      t.bytes("body", subscriber.getBody().toCompletableFuture().get(20, TimeUnit.SECONDS));
    } finally {
      events(t, subscriber);
    }
    // A second subscriber is told that there can be only one.
    RecordingSubscriber second = new RecordingSubscriber();
    body.subscribe(second);
    t.add("second", second.eventsWithoutSizes());
  }

  /** {@code BodyHandlers.limiting}, which newer JDKs have. */
  @SuppressWarnings("unchecked")
  private static <T> @Nullable BodyHandler<T> limiting(BodyHandler<T> handler, long limit)
      throws ReflectiveOperationException {
    for (Method method : BodyHandlers.class.getMethods()) {
      if (method.getName().equals("limiting")) {
        return (BodyHandler<T>) method.invoke(null, handler, limit);
      }
    }
    return null;
  }

  /** Takes lines one by one and may throw at one of them. */
  static final class LineRecorder implements Flow.Subscriber<String> {

    private final int throwAt;
    private final List<String> lines = new ArrayList<>();
    private final CompletableFuture<String> end = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    LineRecorder(int throwAt) {
      this.throwAt = throwAt;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(1);
    }

    @Override
    public void onNext(String line) {
      if (lines().size() == throwAt) {
        throw new IllegalStateException("application's line " + throwAt);
      }
      synchronized (this) {
        lines.add(line);
      }
      if (subscription != null) {
        subscription.request(1);
      }
    }

    @Override
    public void onError(Throwable throwable) {
      end.complete("onError " + throwable.getClass().getName());
    }

    @Override
    public void onComplete() {
      end.complete("onComplete");
    }

    synchronized List<String> lines() {
      return List.copyOf(lines);
    }

    <T> JdkCall.Reader<T> reader(Transcript t) {
      return body -> {
        t.add("body object", body);
        t.add("end", end.get(20, TimeUnit.SECONDS));
        t.bytes("lines", Bodies.utf8(String.join("|", lines())));
      };
    }
  }
}
