/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.jdk;

import io.spanglass.testing.contract.Bodies;
import io.spanglass.testing.contract.ContractScenario.Expected;
import io.spanglass.testing.contract.ContractScenario.View;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Point;
import io.spanglass.testing.contract.Scenarios;
import io.spanglass.testing.contract.Transcript;
import io.spanglass.testing.jdk.Env.CountingExecutor;
import io.spanglass.testing.jdk.Env.Protocol;
import io.spanglass.testing.jdk.JdkCall.Call;
import io.spanglass.testing.jdk.RecordingSubscriber.Fault;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.server.Signals;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What only the JDK's client has: its handlers, publishers and futures, its authenticator, server
 * push, WebSocket, and faults of an application in any of them.
 */
final class JdkScenarios {

  private static final String PATH = "/v1/chat/completions";
  private static final String[] SSE = {"Content-Type", "text/event-stream"};
  private static final long SEED = 20261122;
  private static final int GENERATED = 80;
  private static final int TASKS_OF = 20;

  private final Signals signals;
  private final Scenarios scenarios;

  private JdkScenarios(Scenarios scenarios) {
    this.scenarios = scenarios;
    this.signals = scenarios.signals();
  }

  static void addTo(Scenarios scenarios) {
    JdkScenarios own = new JdkScenarios(scenarios);
    for (Protocol protocol : List.of(Protocol.HTTP_1, Protocol.HTTP_2)) {
      own.bodies(protocol);
      own.futures(protocol);
      own.brokenOff(protocol);
      own.faultsOfTheApplication(protocol);
      own.redirects(protocol);
      own.authentication(protocol);
      own.odds(protocol);
    }
    own.forgotten();
    own.webSocket();
    own.serverPush();
    GeneratedScenarios.addTo(own, SEED, GENERATED);
  }

  private void add(Protocol protocol, String name, Script script, Action action) {
    add(protocol + " " + name, View.ANY_CONNECTION, script, action);
  }

  private void add(Protocol protocol, String name, View view, Script script, Action action) {
    add(protocol + " " + name, view, script, action);
  }

  void add(String name, View view, Script script, Action action) {
    scenarios.own(
        name,
        view,
        script,
        (driver, id, transcript) ->
            action.run(((JdkHttpClientDriver) driver).env(), transcript, "/" + id));
  }

  /** The application's part; the base is the first segment of the path. */
  @FunctionalInterface
  interface Action {
    void run(Env env, Transcript t, String base) throws Exception;
  }

  private static HttpRequest.Builder post(Env env, Protocol protocol, String base) {
    return HttpRequest.newBuilder(env.uri(protocol, base + PATH))
        .header("Content-Type", "application/json")
        .header("Authorization", "Bearer secret")
        .POST(BodyPublishers.ofString(Bodies.chatRequest(new Random(1), true)));
  }

  private static List<byte[]> pieces(int seed) {
    Random random = new Random(seed);
    return Bodies.cut(random, Bodies.stream(random, 5, true, true), 8);
  }

  private static String key(ServerExchange exchange, String suffix) {
    return exchange.request().path().split("/", -1)[1] + suffix;
  }

  /** Head, then each piece after the application has seen all before it. */
  private Script lockstep(Framing framing, List<byte[]> pieces, int upTo, Script ending) {
    return exchange -> {
      exchange.readBody();
      String[] headers = SSE;
      if (framing == Framing.LENGTH) {
        int length = pieces.stream().mapToInt(piece -> piece.length).sum();
        headers = new String[] {SSE[0], SSE[1], "Content-Length", Integer.toString(length)};
      }
      exchange.head(200, framing, headers);
      signals.await(key(exchange, "/head"));
      int sent = 0;
      for (byte[] piece : pieces.subList(0, upTo)) {
        exchange.data(piece);
        sent += piece.length;
        signals.await(key(exchange, "/" + sent));
      }
      ending.play(exchange);
    };
  }

  private static int length(List<byte[]> pieces, int upTo) {
    return pieces.subList(0, upTo).stream().mapToInt(piece -> piece.length).sum();
  }

  /** The same handler, which tells the server when it is called. */
  private static <T> BodyHandler<T> signalling(Env env, String base, BodyHandler<T> handler) {
    return info -> {
      BodySubscriber<T> subscriber = handler.apply(info);
      env.signals.set(base.substring(1) + "/head");
      return subscriber;
    };
  }

  private void bodies(Protocol protocol) {
    add(
        protocol,
        "tasks on the application's executor",
        exchange -> {
          exchange.readBody();
          exchange.head(200, Framing.CHUNKED, SSE);
          exchange.data(Bodies.utf8("data: [DONE]\n\n"));
          exchange.end();
        },
        (env, t, base) -> {
          CountingExecutor executor = new CountingExecutor();
          HttpClient client = env.keep(env.builder(protocol).executor(executor).build());
          for (int i = 0; i < TASKS_OF; i++) {
            get(client.sendAsync(post(env, protocol, base).build(), BodyHandlers.ofString()));
          }
          t.about("tasks", executor.tasks());
        });
    for (long demand : new long[] {0, -1}) {
      add(
          protocol,
          "illegal demand " + demand,
          exchange -> {
            exchange.readBody();
            exchange.head(200, Framing.CHUNKED, SSE);
            exchange.awaitClientGone();
          },
          (env, t, base) -> {
            RecordingSubscriber subscriber =
                new RecordingSubscriber(Fault.NONE, demand, -1, n -> {});
            JdkCall.perform(
                t,
                env.fresh(protocol),
                Call.SEND_ASYNC,
                post(env, protocol, base).timeout(Duration.ofSeconds(5)).build(),
                info -> subscriber,
                body -> t.bytes("body", body));
            t.add("events", subscriber.events());
          });
    }
    List<byte[]> pieces = pieces(8);
    add(
        protocol,
        "lockstep publisher",
        lockstep(Framing.CHUNKED, pieces, pieces.size(), ServerExchange::end),
        (env, t, base) -> {
          RecordingSubscriber subscriber =
              new RecordingSubscriber(
                  Fault.NONE, 1, -1, n -> env.signals.set(base.substring(1) + "/" + n));
          JdkCall.perform(
              t,
              env.client(protocol),
              Call.SEND_ASYNC,
              post(env, protocol, base).build(),
              signalling(env, base, BodyHandlers.ofPublisher()),
              body -> {
                body.subscribe(subscriber);
                t.bytes("body", get(subscriber.getBody()));
              });
          t.add("events", subscriber.events());
          t.add("other threads", Transcript.otherThreads(subscriber.threads()));
        });
    // Dependents that are there before the response run on a thread of the client.
    add(
        protocol,
        "dependents before the response",
        exchange -> {
          exchange.readBody();
          boolean own = exchange.request().path().contains("/own/");
          signals.await(key(exchange, "/attached" + own));
          exchange.head(200, Framing.CHUNKED, SSE);
          for (byte[] piece : pieces(9)) {
            exchange.data(piece);
          }
          exchange.end();
        },
        (env, t, base) -> {
          CountingExecutor executor = new CountingExecutor();
          for (boolean own : new boolean[] {false, true}) {
            HttpClient.Builder builder = env.builder(protocol);
            HttpClient client =
                env.keep(own ? builder.executor(executor).build() : builder.build());
            CompletableFuture<HttpResponse<String>> future =
                client.sendAsync(
                    post(env, protocol, own ? base + "/own" : base).build(),
                    BodyHandlers.ofString());
            t.add("future class", future.getClass().getName());
            t.add("before", JdkCall.state(future));
            CompletableFuture<String> dependent =
                future.thenApply(response -> Transcript.threadPattern());
            CompletableFuture<String> async =
                future.thenApplyAsync(response -> Transcript.threadPattern());
            t.add("dependent class", dependent.getClass().getName());
            t.add(
                "default executor",
                Transcript.normalize(future.defaultExecutor().toString().replaceAll("\\[.*", "")));
            env.signals.set(base.substring(1) + "/attached" + own);
            t.add("dependent on", dependent.get(20, TimeUnit.SECONDS));
            t.add("async dependent on", async.get(20, TimeUnit.SECONDS));
            t.add("after", JdkCall.state(future));
            t.add("dependents left", future.getNumberOfDependents());
          }
        });
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private Script untilGone() {
    return exchange -> {
      exchange.awaitClientGone();
      signals.set(key(exchange, "/gone"));
    };
  }

  private void futures(Protocol protocol) {
    Script stalled =
        exchange -> {
          exchange.readBody();
          signals.set(key(exchange, "/received"));
          untilGone().play(exchange);
        };
    add(
        protocol,
        "future.cancel of a dependent before headers",
        exchange -> {
          exchange.readBody();
          signals.await(key(exchange, "/cancelled"));
          exchange.head(200, Framing.CHUNKED, SSE);
          exchange.data(Bodies.utf8("data: [DONE]\n\n"));
          exchange.end();
        },
        (env, t, base) -> {
          CompletableFuture<HttpResponse<String>> future =
              env.client(protocol)
                  .sendAsync(post(env, protocol, base).build(), BodyHandlers.ofString());
          CompletableFuture<String> dependent =
              future.orTimeout(20, TimeUnit.SECONDS).thenApply(HttpResponse::body).copy();
          t.add("cancel", dependent.cancel(false));
          env.signals.set(base.substring(1) + "/cancelled");
          t.bytes("body", Bodies.utf8(future.get().body()));
        });
    add(
        protocol,
        "future completed by the application",
        stalled,
        (env, t, base) -> {
          HttpClient client = env.fresh(protocol);
          CompletableFuture<HttpResponse<String>> future =
              client.sendAsync(post(env, protocol, base).build(), BodyHandlers.ofString());
          env.signals.await(base.substring(1) + "/received");
          try {
            t.add(
                "complete",
                future.completeExceptionally(new IllegalStateException("application's own")));
          } catch (Throwable e) {
            t.exception("complete", e);
          }
          t.add("cancel", future.cancel(true));
        });
    List<byte[]> pieces = pieces(10);
    add(
        protocol,
        "InputStream.close twice, then read",
        lockstep(Framing.CHUNKED, pieces, 3, untilGone()),
        (env, t, base) ->
            JdkCall.perform(
                t,
                env.fresh(protocol),
                Call.SEND_ASYNC,
                post(env, protocol, base).build(),
                signalling(env, base, BodyHandlers.ofInputStream()),
                in -> {
                  readUpTo(env, base, in, length(pieces, 3));
                  in.close();
                  in.close();
                  try {
                    t.add("read", in.read());
                  } catch (Throwable e) {
                    t.exception("read", e);
                  }
                  awaitGone(env, protocol, base);
                }));
    add(
        protocol,
        "Stream.close of lines",
        exchange -> {
          exchange.readBody();
          exchange.head(200, Framing.CHUNKED, SSE);
          exchange.data(Bodies.utf8("data: 1\n\ndata: 2\n\n"));
          untilGone().play(exchange);
        },
        (env, t, base) ->
            JdkCall.perform(
                t,
                env.fresh(protocol),
                Call.SEND,
                post(env, protocol, base).build(),
                BodyHandlers.ofLines(),
                lines -> {
                  try (Stream<String> closing = lines) {
                    Iterator<String> iterator = closing.iterator();
                    t.add("line", iterator.next());
                    t.add("line", iterator.next());
                    t.add("line", iterator.next());
                  }
                  awaitGone(env, protocol, base);
                }));
    add(
        protocol,
        "body publisher never subscribed",
        exchange -> {
          exchange.readBody();
          exchange.head(200, Framing.CHUNKED, SSE);
          exchange.data(Bodies.utf8("data: 1\n\n"));
          exchange.end();
        },
        (env, t, base) ->
            JdkCall.perform(
                t,
                env.fresh(protocol),
                Call.SEND,
                post(env, protocol, base).build(),
                BodyHandlers.ofPublisher(),
                body -> t.add("publisher", "left alone")));
  }

  /**
   * Waits until the server has seen that the client stopped. In HTTP/2 only the stream is cancelled
   * and now and then, without an agent as well, the server does not hear of it.
   */
  private static void awaitGone(Env env, Protocol protocol, String base) {
    if (!protocol.isHttp2()) {
      env.signals.await(base.substring(1) + "/gone");
    }
  }

  private static void readUpTo(Env env, String base, InputStream in, int bytes) throws Exception {
    byte[] buffer = new byte[65536];
    int total = 0;
    while (total < bytes) {
      int n = in.read(buffer);
      if (n < 0) {
        throw new IllegalStateException("end after " + total);
      }
      total += n;
      env.signals.set(base.substring(1) + "/" + total);
    }
  }

  private void brokenOff(Protocol protocol) {
    for (Call call : Call.values()) {
      add(
          protocol,
          "reset in the body, string " + call,
          exchange -> {
            exchange.readBody();
            exchange.head(200, Framing.CHUNKED, SSE);
            exchange.data(Bodies.utf8("data: {}\n\n"));
            signals.await(key(exchange, "/head"));
            exchange.reset();
          },
          (env, t, base) ->
              JdkCall.perform(
                  t,
                  env.fresh(protocol),
                  call,
                  post(env, protocol, base).build(),
                  signalling(env, base, BodyHandlers.ofString()),
                  body -> t.add("body", body)));
      add(
          protocol,
          "reset in the body, lines " + call,
          exchange -> {
            exchange.readBody();
            exchange.head(200, Framing.CHUNKED, SSE);
            signals.await(key(exchange, "/head"));
            exchange.reset();
          },
          (env, t, base) ->
              JdkCall.perform(
                  t,
                  env.fresh(protocol),
                  call,
                  post(env, protocol, base).build(),
                  BodyHandlers.ofLines(),
                  lines -> {
                    env.signals.set(base.substring(1) + "/head");
                    try {
                      t.add("lines", lines.toList());
                    } catch (Throwable e) {
                      t.exception("lines", e);
                    }
                  }));
    }
    add(
        protocol,
        "future.orTimeout",
        exchange -> {
          exchange.readBody();
          untilGone().play(exchange);
        },
        (env, t, base) -> {
          HttpClient client = env.fresh(protocol);
          CompletableFuture<HttpResponse<String>> future =
              client.sendAsync(post(env, protocol, base).build(), BodyHandlers.ofString());
          try {
            future.orTimeout(1500, TimeUnit.MILLISECONDS).join();
          } catch (Throwable e) {
            t.exception("join", e);
          }
          t.add("state", JdkCall.state(future));
          t.add("cancel", future.cancel(true));
        });
  }

  private void faultsOfTheApplication(Protocol protocol) {
    Script answer =
        exchange -> {
          exchange.readBody();
          exchange.head(200, Framing.CHUNKED, SSE);
          for (byte[] piece : pieces(12)) {
            exchange.data(piece);
          }
          exchange.end();
        };
    for (Call call : new Call[] {Call.SEND, Call.SEND_ASYNC}) {
      add(
          protocol,
          "handler throws " + call,
          answer,
          (env, t, base) ->
              JdkCall.<String>perform(
                  t,
                  env.fresh(protocol),
                  call,
                  post(env, protocol, base).build(),
                  info -> {
                    throw new IllegalStateException("application's handler");
                  },
                  body -> t.add("body", body)));
      add(
          protocol,
          "handler throws an error " + call,
          answer,
          (env, t, base) ->
              JdkCall.<String>perform(
                  t,
                  env.fresh(protocol),
                  call,
                  post(env, protocol, base).timeout(Duration.ofSeconds(5)).build(),
                  info -> {
                    throw new AssertionError("application's error");
                  },
                  body -> t.add("body", body)));
      for (Fault fault :
          List.of(Fault.ON_SUBSCRIBE, Fault.ON_NEXT, Fault.ON_COMPLETE, Fault.GET_BODY)) {
        // What ends in nothing at all cannot be waited for: there the JDK never completes.
        if (fault == Fault.ON_COMPLETE) {
          continue;
        }
        add(
            protocol,
            "subscriber throws " + fault + " " + call,
            answer,
            (env, t, base) -> {
              RecordingSubscriber subscriber = new RecordingSubscriber(fault, 1, -1, n -> {});
              JdkCall.perform(
                  t,
                  env.fresh(protocol),
                  call,
                  post(env, protocol, base).timeout(Duration.ofSeconds(5)).build(),
                  info -> subscriber,
                  body -> t.bytes("body", body));
              if (fault != Fault.GET_BODY) {
                // With that one the body is cut off at any point.
                t.add("events", subscriber.eventsWithoutSizes());
              }
            });
      }
      add(
          protocol,
          "line subscriber throws " + call,
          answer,
          (env, t, base) -> {
            Handlers.LineRecorder lines = new Handlers.LineRecorder(2);
            JdkCall.perform(
                t,
                env.fresh(protocol),
                call,
                post(env, protocol, base).build(),
                BodyHandlers.fromLineSubscriber(lines),
                JdkCall.noting(t));
            t.add("lines", lines.lines());
          });
      add(
          protocol,
          "finisher throws " + call,
          answer,
          (env, t, base) ->
              JdkCall.<String>perform(
                  t,
                  env.fresh(protocol),
                  call,
                  post(env, protocol, base).build(),
                  info ->
                      BodySubscribers.mapping(
                          BodySubscribers.ofByteArray(),
                          bytes -> {
                            throw new IllegalStateException("application's mapping");
                          }),
                  body -> t.add("body", body)));
      add(
          protocol,
          "consumer throws " + call,
          answer,
          (env, t, base) ->
              JdkCall.perform(
                  t,
                  env.fresh(protocol),
                  call,
                  post(env, protocol, base).build(),
                  BodyHandlers.ofByteArrayConsumer(
                      piece -> {
                        throw new IllegalStateException("application's consumer");
                      }),
                  JdkCall.noting(t)));
      add(
          protocol,
          "getBody already failed " + call,
          answer,
          (env, t, base) ->
              JdkCall.perform(
                  t,
                  env.fresh(protocol),
                  call,
                  post(env, protocol, base).build(),
                  info -> new FailedBody(),
                  body -> t.add("body", body)));
      add(
          protocol,
          "request publisher fails " + call,
          View.RACY,
          answer,
          (env, t, base) -> {
            RecordingPublisher publisher =
                new RecordingPublisher(
                    Publishers.pieces(Bodies.utf8("{\"model\":\"m\",\"stream\":true}")), -1, true);
            JdkCall.perform(
                t,
                env.fresh(protocol),
                call,
                HttpRequest.newBuilder(env.uri(protocol, base + PATH)).POST(publisher).build(),
                BodyHandlers.ofString(),
                body -> t.add("body", body));
            t.add("publisher", publisher.events().get(0));
          });
      add(
          protocol,
          "request stream supplier throws " + call,
          View.RACY,
          answer,
          (env, t, base) ->
              JdkCall.perform(
                  t,
                  env.fresh(protocol),
                  call,
                  HttpRequest.newBuilder(env.uri(protocol, base + PATH))
                      .POST(
                          BodyPublishers.ofInputStream(
                              () -> {
                                throw new IllegalStateException("application's supplier");
                              }))
                      .timeout(Duration.ofSeconds(5))
                      .build(),
                  BodyHandlers.ofString(),
                  body -> t.add("body", body)));
    }
    add(
        protocol,
        "null arguments",
        answer,
        (env, t, base) -> {
          HttpClient client = env.client(protocol);
          HttpRequest request = post(env, protocol, base).build();
          nullArguments(t, client, request);
        });
  }

  @SuppressWarnings({
    "NullAway",
    "FutureReturnValueIgnored"
  }) // What the JDK says to null is the question.
  private static void nullArguments(Transcript t, HttpClient client, HttpRequest request) {
    thrown(t, "send null request", () -> client.send(null, BodyHandlers.ofString()));
    thrown(t, "send null handler", () -> client.send(request, null));
    thrown(t, "sendAsync null request", () -> client.sendAsync(null, BodyHandlers.ofString()));
    thrown(t, "sendAsync null handler", () -> client.sendAsync(request, null));
    thrown(
        t, "sendAsync null handler and push handler", () -> client.sendAsync(request, null, null));
  }

  private interface Throwing {
    Object run() throws Exception;
  }

  private static void thrown(Transcript t, String what, Throwing call) {
    try {
      t.add(what, "returned " + call.run().getClass().getName());
    } catch (Throwable e) {
      t.exception(what, e);
    }
  }

  private static final class FailedBody implements BodySubscriber<String> {
    @Override
    public CompletionStage<String> getBody() {
      return CompletableFuture.failedFuture(new IllegalStateException("application's body"));
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> item) {}

    @Override
    public void onError(Throwable throwable) {}

    @Override
    public void onComplete() {}
  }

  private void redirects(Protocol protocol) {
    for (int status : new int[] {301, 307}) {
      for (Redirect policy : Redirect.values()) {
        for (Call call : new Call[] {Call.SEND, Call.SEND_ASYNC}) {
          add(
              protocol,
              "redirect " + status + " " + policy + " " + call,
              exchange -> {
                exchange.readBody();
                String path = exchange.request().path();
                if (path.endsWith(PATH)) {
                  exchange.head(
                      status,
                      Framing.LENGTH,
                      "Location",
                      path.replace(PATH, "/elsewhere" + PATH + "?r=1"),
                      "Content-Length",
                      "0");
                } else {
                  byte[] body = Bodies.completion(new Random(3));
                  exchange.head(
                      200,
                      Framing.LENGTH,
                      "Content-Type",
                      "application/json",
                      "Content-Length",
                      Integer.toString(body.length));
                  exchange.data(body);
                }
                exchange.end();
              },
              (env, t, base) ->
                  JdkCall.perform(
                      t,
                      env.client(
                          protocol,
                          "redirect" + policy,
                          builder -> builder.followRedirects(policy)),
                      call,
                      post(env, protocol, base).build(),
                      BodyHandlers.ofString(),
                      body -> t.bytes("body", Bodies.utf8(body))));
        }
      }
    }
    add(
        protocol,
        "redirect for ever",
        exchange -> {
          exchange.readBody();
          exchange.head(
              307, Framing.LENGTH, "Location", exchange.request().path(), "Content-Length", "0");
          exchange.end();
        },
        (env, t, base) ->
            JdkCall.perform(
                t,
                env.client(
                    protocol,
                    "redirectALWAYS",
                    builder -> builder.followRedirects(Redirect.ALWAYS)),
                Call.SEND,
                post(env, protocol, base).build(),
                BodyHandlers.ofString(),
                body -> t.bytes("body", Bodies.utf8(body))));
  }

  private void authentication(Protocol protocol) {
    for (boolean right : new boolean[] {true, false}) {
      for (Call call : new Call[] {Call.SEND, Call.SEND_ASYNC}) {
        add(
            protocol,
            "basic authentication, " + (right ? "right" : "wrong") + " password " + call,
            exchange -> {
              exchange.readBody();
              String authorization = exchange.request().header("authorization");
              String expected =
                  "Basic "
                      + Base64.getEncoder()
                          .encodeToString(Bodies.utf8("user:" + (right ? "password" : "other")));
              if (expected.equals(authorization)) {
                exchange.head(200, Framing.CHUNKED, SSE);
                exchange.data(Bodies.stream(new Random(4), 3, true, true));
              } else {
                exchange.head(
                    401,
                    Framing.LENGTH,
                    "WWW-Authenticate",
                    "Basic realm=\"test\"",
                    "Content-Length",
                    "0");
              }
              exchange.end();
            },
            (env, t, base) -> {
              AtomicInteger asked = new AtomicInteger();
              HttpClient client =
                  env.builder(protocol)
                      .authenticator(
                          new Authenticator() {
                            @Override
                            protected PasswordAuthentication getPasswordAuthentication() {
                              asked.incrementAndGet();
                              return new PasswordAuthentication("user", "password".toCharArray());
                            }
                          })
                      .build();
              RecordingPublisher publisher =
                  new RecordingPublisher(
                      Publishers.pieces(Bodies.utf8("{\"model\":\"m\",\"stream\":true}")),
                      -1,
                      false);
              JdkCall.perform(
                  t,
                  client,
                  call,
                  HttpRequest.newBuilder(env.uri(protocol, base + PATH)).POST(publisher).build(),
                  BodyHandlers.ofString(),
                  body -> t.bytes("body", Bodies.utf8(body)));
              t.add("asked", asked);
              t.add("publisher", publisher.events());
            });
      }
    }
  }

  private void odds(Protocol protocol) {
    Script document =
        exchange -> {
          exchange.readBody();
          byte[] body = Bodies.completion(new Random(5));
          exchange.head(
              200,
              Framing.LENGTH,
              "Content-Type",
              "application/json",
              "Content-Length",
              Integer.toString(body.length));
          exchange.data(body);
          exchange.end();
        };
    add(
        protocol,
        "the same request object three times",
        document,
        (env, t, base) -> {
          HttpRequest request = post(env, protocol, base).build();
          for (Call call : Call.values()) {
            JdkCall.perform(
                t,
                env.client(protocol),
                call,
                request,
                BodyHandlers.ofByteArray(),
                body -> t.bytes("body", body));
          }
        });
    add(
        protocol,
        "a request class of the application",
        document,
        (env, t, base) -> {
          HttpRequest request = new AppRequest(post(env, protocol, base).build());
          for (Call call : Call.values()) {
            JdkCall.perform(
                t,
                env.client(protocol),
                call,
                request,
                BodyHandlers.ofByteArray(),
                body -> t.bytes("body", body));
          }
        });
    add(
        protocol,
        "answer before the request body is read",
        exchange -> {
          byte[] body = Bodies.error("too_large");
          exchange.head(
              413,
              Framing.LENGTH,
              "Content-Type",
              "application/json",
              "Content-Length",
              Integer.toString(body.length));
          exchange.data(body);
          signals.await(key(exchange, "/done"));
          if (protocol.isHttp2()) {
            exchange.end();
          } else {
            exchange.close();
          }
        },
        (env, t, base) -> {
          RecordingPublisher publisher =
              new RecordingPublisher(
                  Publishers.pieces(Bodies.utf8("{\"model\":\"m\"}")), -1, false);
          JdkCall.perform(
              t,
              env.fresh(protocol),
              Call.SEND,
              HttpRequest.newBuilder(env.uri(protocol, base + PATH)).POST(publisher).build(),
              BodyHandlers.ofInputStream(),
              in -> {
                byte[] body = in.readNBytes(Bodies.error("too_large").length);
                t.bytes("body", body);
              });
          env.signals.set(base.substring(1) + "/done");
        });
    add(
        protocol,
        "expect 100-continue refused",
        exchange -> {
          byte[] body = Bodies.error("expectation");
          exchange.head(
              417,
              Framing.LENGTH,
              "Content-Type",
              "application/json",
              "Content-Length",
              Integer.toString(body.length));
          exchange.data(body);
          if (protocol.isHttp2()) {
            exchange.end();
          } else {
            exchange.close();
          }
        },
        (env, t, base) -> {
          RecordingPublisher publisher =
              new RecordingPublisher(List.of(Bodies.utf8("{\"model\":\"m\"}")), 13, false);
          CompletableFuture<HttpResponse<String>> future =
              env.fresh(protocol)
                  .sendAsync(
                      HttpRequest.newBuilder(env.uri(protocol, base + PATH))
                          .expectContinue(true)
                          .POST(publisher)
                          .build(),
                      BodyHandlers.ofString());
          try {
            t.bytes("body", Bodies.utf8(future.get(2, TimeUnit.SECONDS).body()));
          } catch (TimeoutException e) {
            // JDK 17 waits for ever.
            t.add("no answer, cancel", future.cancel(true));
          }
          t.add("publisher", publisher.events());
        });
  }

  /** With an executor that forgets its tasks nothing goes on, and nothing is held. */
  private void forgotten() {
    scenarios.own(
        "forgotten by the application and the client",
        View.ANY_CONNECTION,
        Set.of(Feature.FORGET_WAITING),
        ServerExchange::readBody,
        (driver, id, t) -> {
          Env env = ((JdkHttpClientDriver) driver).env();
          HttpClient client = HttpClient.newBuilder().executor(task -> {}).build();
          HttpRequest request =
              HttpRequest.newBuilder(env.uri(Protocol.HTTP_1, "/" + id + PATH))
                  .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o-mini\",\"stream\":true}"))
                  .build();
          t.add("done", client.sendAsync(request, BodyHandlers.ofString()).isDone());
        },
        Expected.before("abandoned"),
        Point.LEFT_UNREAD);
  }

  private void webSocket() {
    Protocol protocol = Protocol.HTTP_1;
    add(
        protocol,
        "WebSocket",
        exchange -> {
          byte[] digest =
              MessageDigest.getInstance("SHA-1")
                  .digest(
                      Bodies.utf8(
                          exchange.request().header("sec-websocket-key")
                              + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
          exchange.raw(
              Bodies.utf8(
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      + "Connection: Upgrade\r\nSec-WebSocket-Accept: "
                      + Base64.getEncoder().encodeToString(digest)
                      + "\r\n\r\n"));
          exchange.raw(new byte[] {(byte) 0x81, 5, 'h', 'e', 'l', 'l', 'o'});
          exchange.raw(new byte[] {(byte) 0x88, 2, 3, (byte) 0xe8});
          exchange.awaitClientGone();
        },
        (env, t, base) -> {
          List<String> events = new ArrayList<>();
          CompletableFuture<Integer> closed = new CompletableFuture<>();
          WebSocket socket =
              env.client(protocol)
                  .newWebSocketBuilder()
                  .header("X-App", "yes")
                  .buildAsync(
                      URI.create(env.endpoints.http1().replace("http:", "ws:") + base + PATH),
                      new WebSocket.Listener() {
                        @Override
                        public @Nullable CompletionStage<?> onText(
                            WebSocket webSocket, CharSequence data, boolean last) {
                          events.add(data + " " + last);
                          webSocket.request(1);
                          return null;
                        }

                        @Override
                        public @Nullable CompletionStage<?> onClose(
                            WebSocket webSocket, int statusCode, String reason) {
                          closed.complete(statusCode);
                          return null;
                        }
                      })
                  .get(20, TimeUnit.SECONDS);
          t.add("closed", closed.get(20, TimeUnit.SECONDS));
          t.add("events", events);
          t.add("subprotocol", socket.getSubprotocol());
        });
  }

  private void serverPush() {
    Protocol protocol = Protocol.HTTP_2;
    add(
        protocol,
        "server push",
        exchange -> {
          if (exchange.request().path().endsWith("/pushed")) {
            exchange.head(200, Framing.CHUNKED, "Content-Type", "text/plain");
            exchange.data(Bodies.utf8("pushed"));
            exchange.end();
            return;
          }
          exchange.readBody();
          exchange.push(exchange.request().path().replace(PATH, "/pushed"));
          exchange.head(200, Framing.CHUNKED, SSE);
          exchange.data(Bodies.utf8("data: [DONE]\n\n"));
          exchange.end();
        },
        (env, t, base) -> {
          HttpRequest request = post(env, protocol, base).build();
          ConcurrentMap<HttpRequest, CompletableFuture<HttpResponse<String>>> pushes =
              new ConcurrentHashMap<>();
          PushPromiseHandler<String> collecting =
              PushPromiseHandler.of(pushed -> BodyHandlers.ofString(), pushes);
          PushPromiseHandler<String> recording =
              (initiating, pushed, acceptor) -> {
                t.add("initiating same", JdkCall.same(initiating, request));
                t.add("initiating class", initiating.getClass().getName());
                collecting.applyPushPromise(initiating, pushed, acceptor);
              };
          HttpResponse<String> response =
              env.fresh(protocol)
                  .sendAsync(request, BodyHandlers.ofString(), recording)
                  .get(20, TimeUnit.SECONDS);
          JdkCall.response(t, request, response);
          t.add("body", response.body());
          for (var entry : pushes.entrySet()) {
            t.add("pushed", entry.getKey().uri().getPath().endsWith("/pushed"));
            t.add("pushed body", entry.getValue().get(20, TimeUnit.SECONDS).body());
          }
        });
  }

  /** An implementation of the application's own, as wrappers of the client have. */
  private static final class AppRequest extends HttpRequest {

    private final HttpRequest delegate;

    AppRequest(HttpRequest delegate) {
      this.delegate = delegate;
    }

    @Override
    public Optional<BodyPublisher> bodyPublisher() {
      return delegate.bodyPublisher();
    }

    @Override
    public String method() {
      return delegate.method();
    }

    @Override
    public Optional<Duration> timeout() {
      return delegate.timeout();
    }

    @Override
    public boolean expectContinue() {
      return delegate.expectContinue();
    }

    @Override
    public URI uri() {
      return delegate.uri();
    }

    @Override
    public Optional<HttpClient.Version> version() {
      return delegate.version();
    }

    @Override
    public HttpHeaders headers() {
      return delegate.headers();
    }
  }
}
