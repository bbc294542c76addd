/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.opentelemetry.context.Context;
import io.spanglass.testing.contract.ClientCall.Body;
import io.spanglass.testing.contract.ClientCall.Next;
import io.spanglass.testing.contract.ClientCall.Protocol;
import io.spanglass.testing.contract.ContractScenario.Application;
import io.spanglass.testing.contract.ContractScenario.Expected;
import io.spanglass.testing.contract.ContractScenario.View;
import io.spanglass.testing.contract.Reply.Response;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.ServerExchange;
import io.spanglass.testing.server.Signals;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The exchanges of the contract: those for every client, and a client's own. */
public final class Scenarios {

  private static final String PATH = "/v1/chat/completions";
  private static final String[] SSE = {"Content-Type", "text/event-stream"};
  private static final Duration SHORT = Duration.ofMillis(1500);

  /** More than all buffers between two sockets. */
  private static final int FLOOD = 48 * 1024 * 1024;

  private final Signals signals;
  private final List<ContractScenario> scenarios = new ArrayList<>();

  private final ClientDriver driver;

  private Scenarios(Signals signals, ClientDriver driver) {
    this.signals = signals;
    this.driver = driver;
  }

  /**
   * The list.
   *
   * @param generated how many are put together at random, besides the ones that are written down
   * @param signals what the scripts use; the program does not play them and gives any
   * @param driver whose own exchanges are among them
   */
  static List<ContractScenario> all(
      long seed, int generated, Signals signals, ClientDriver driver) {
    Scenarios all = new Scenarios(signals, driver);
    for (Protocol protocol : Protocol.values()) {
      all.answers(protocol);
      all.lockstep(protocol);
      all.endings(protocol);
      all.requests(protocol);
    }
    all.timeouts();
    all.interrupts();
    all.redirects();
    all.broken();
    all.slowHead();
    all.otherTraffic();
    driver.own(all);
    all.generated(new Random(seed), generated);
    return all.scenarios;
  }

  /** What the scripts of a client's own exchanges meet the application at. */
  public Signals signals() {
    return signals;
  }

  /** The application's part of an exchange of a client's own. */
  @FunctionalInterface
  public interface Own {
    /**
     * Makes the calls, below the application's span.
     *
     * @param driver an open one of the client that added it
     * @param id first segment of the path of all requests
     */
    void run(ClientDriver driver, String id, Transcript transcript) throws Exception;
  }

  /** An exchange of what only one client has, whose spans depend on the client. */
  public void own(String name, View view, Script script, Own application) {
    own(name, view, EnumSet.noneOf(Feature.class), script, application, null);
  }

  /** The same, with what it needs, the spans that it has, and the points that it shows besides. */
  public void own(
      String name,
      View view,
      Set<Feature> needs,
      Script script,
      Own application,
      @Nullable Expected expected,
      Point... points) {
    Set<Point> all = EnumSet.of(Point.OWN, points);
    scenarios.add(
        new ContractScenario(
            "c" + scenarios.size(),
            name,
            Set.copyOf(needs),
            all,
            view,
            false,
            script,
            stage -> application.run(stage.driver(), stage.id(), stage.transcript()),
            expected));
  }

  /** One exchange that is being described. */
  private final class Exchange {
    final Protocol protocol;
    final String name;
    final Set<Feature> needs = EnumSet.noneOf(Feature.class);
    final Set<Point> points = EnumSet.noneOf(Point.class);
    View view = View.EXACT;
    boolean alone;
    @Nullable Expected expected;

    Exchange(Protocol protocol, String name, Point... points) {
      this.protocol = protocol;
      this.name = name;
      this.points.addAll(Arrays.asList(points));
      if (protocol == Protocol.HTTP_2) {
        needs.add(Feature.HTTP_2);
        this.points.add(Point.HTTP_2);
      }
    }

    Exchange needs(Feature... features) {
      needs.addAll(Arrays.asList(features));
      return this;
    }

    Exchange by(Way way) {
      return needs(way.call(), way.body());
    }

    Exchange view(View how) {
      view = how;
      return this;
    }

    Exchange alone() {
      alone = true;
      return this;
    }

    Exchange expect(@Nullable Expected what) {
      expected = what;
      return this;
    }

    void play(Script script, Application application) {
      scenarios.add(
          new ContractScenario(
              "c" + scenarios.size(),
              protocol + " " + name,
              needs,
              points,
              view,
              alone,
              script,
              application,
              expected));
    }
  }

  private static String body(boolean stream) {
    return "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
        + (stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "")
        + "}";
  }

  private static ClientCall call(Stage stage, Way way, Protocol protocol) {
    return stage.call(way, protocol, PATH).body(Body.IN_MEMORY, body(true));
  }

  private static ClientCall refused(Stage stage, Way way) {
    return stage.refusedCall(way, PATH).body(Body.IN_MEMORY, body(true));
  }

  private static String key(ServerExchange exchange, String name) {
    return exchange.request().path().split("/", -1)[1] + "/" + name;
  }

  // The server's parts.

  private static void whole(ServerExchange exchange, int status, byte[] body) throws Exception {
    exchange.head(
        status,
        Framing.LENGTH,
        "Content-Type",
        "application/json",
        "Content-Length",
        Integer.toString(body.length));
    exchange.data(body);
    exchange.end();
  }

  private static Script answering(int status, byte[] body) {
    return exchange -> {
      exchange.readBody();
      whole(exchange, status, body);
    };
  }

  /** Sends the pieces one after the other without waiting. */
  private static Script streaming(Script ending, byte[]... pieces) {
    return exchange -> {
      exchange.readBody();
      exchange.head(200, Framing.CHUNKED, SSE);
      for (byte[] piece : pieces) {
        exchange.data(piece);
      }
      ending.play(exchange);
    };
  }

  private Script stalled() {
    return exchange -> {
      exchange.readBody();
      signals.set(key(exchange, "received"));
      exchange.awaitClientGone();
    };
  }

  /** Head, then each piece after the application has got all before it. */
  private Script lockstep(Framing framing, List<byte[]> pieces, Script ending) {
    return exchange -> {
      exchange.readBody();
      String[] headers = SSE;
      if (framing == Framing.LENGTH) {
        int length = pieces.stream().mapToInt(piece -> piece.length).sum();
        headers = new String[] {SSE[0], SSE[1], "Content-Length", Integer.toString(length)};
      }
      exchange.head(200, framing, headers);
      int sent = 0;
      for (byte[] piece : pieces) {
        exchange.data(piece);
        sent += piece.length;
        signals.await(key(exchange, Integer.toString(sent)));
      }
      ending.play(exchange);
    };
  }

  /** Two pieces, of which the second has tokens. */
  private Script firstThen(Script ending) {
    return lockstep(Framing.CHUNKED, List.of(Answers.role(), Answers.first()), ending);
  }

  private static final int FIRST = Answers.role().length + Answers.first().length;

  // The exchanges.

  private void answers(Protocol protocol) {
    for (Way way : Way.values()) {
      new Exchange(protocol, "document " + way, Point.DOCUMENT)
          .by(way)
          .expect(Expected.document())
          .play(
              answering(200, Answers.document()),
              stage ->
                  stage.perform(
                      stage.call(way, protocol, PATH).shared().body(Body.IN_MEMORY, body(false))));
      new Exchange(protocol, "stream " + way, Point.DONE)
          .by(way)
          .expect(Expected.stream())
          .play(
              streaming(
                  ServerExchange::end,
                  Answers.role(),
                  Answers.first(),
                  Answers.last(),
                  Answers.DONE),
              stage -> stage.perform(call(stage, way, protocol).shared()));
      new Exchange(protocol, "compressed stream " + way, Point.DONE)
          .by(way)
          .expect(Expected.stream())
          .play(
              exchange -> {
                exchange.readBody();
                exchange.head(200, Framing.CHUNKED, SSE[0], SSE[1], "Content-Encoding", "gzip");
                byte[] all = Bodies.gzip(Answers.stream());
                for (byte[] piece : Bodies.cut(new Random(1), all, 5)) {
                  exchange.data(piece);
                }
                exchange.end();
              },
              stage -> stage.perform(call(stage, way, protocol).shared()));
      new Exchange(protocol, "stream without end mark " + way, Point.END_OF_BODY)
          .by(way)
          .expect(Expected.stream())
          .play(
              streaming(ServerExchange::end, Answers.first(), Answers.last()),
              stage -> stage.perform(call(stage, way, protocol).shared()));
      new Exchange(protocol, "stream that just stops " + way, Point.INCOMPLETE)
          .by(way)
          .expect(Expected.afterFirst("error"))
          .play(
              streaming(ServerExchange::end, Answers.role(), Answers.first()),
              stage -> stage.perform(call(stage, way, protocol).shared()));
      new Exchange(protocol, "error within a stream " + way, Point.ERROR_EVENT)
          .by(way)
          .expect(Expected.afterFirst("error"))
          .play(
              streaming(
                  ServerExchange::end,
                  Answers.role(),
                  Answers.first(),
                  Answers.join(
                      Bodies.utf8("data: "), Bodies.error("server_error"), Bodies.utf8("\n\n"))),
              stage -> stage.perform(call(stage, way, protocol).shared()));
      for (int status : new int[] {429, 503}) {
        new Exchange(
                protocol,
                "status " + status + " " + way,
                status < 500 ? Point.STATUS_4XX : Point.STATUS_5XX)
            .by(way)
            .expect(Expected.before("error"))
            .play(
                answering(status, Bodies.error("scripted_error")),
                stage -> stage.perform(call(stage, way, protocol).shared()));
      }
    }
  }

  private void lockstep(Protocol protocol) {
    Framing[] framings =
        protocol == Protocol.HTTP_1 ? Framing.values() : new Framing[] {Framing.CHUNKED};
    for (Way way : Way.values()) {
      if (way.body() == Feature.WHOLE) {
        continue;
      }
      for (Framing framing : framings) {
        List<byte[]> pieces = Bodies.cut(new Random(7), Answers.stream(), 12);
        long[] demands =
            way.body() == Feature.PUSH ? new long[] {1, 2, Long.MAX_VALUE} : new long[] {1};
        for (long demand : demands) {
          new Exchange(protocol, "piece by piece " + framing + " " + way + " demand " + demand)
              .by(way)
              .expect(Expected.stream())
              .play(
                  lockstep(framing, pieces, ServerExchange::end),
                  stage ->
                      stage.perform(call(stage, way, protocol).shared().lockstep().demand(demand)));
        }
      }
    }
  }

  private void endings(Protocol protocol) {
    for (Way way : Way.values()) {
      new Exchange(protocol, "reset before the response " + way, Point.RESET_WAITING)
          .by(way)
          // What the HTTP/2 server does to a request that it gives up is not always a reset.
          .expect(protocol == Protocol.HTTP_1 ? Expected.before("reset") : null)
          .play(
              exchange -> {
                exchange.readBody();
                exchange.reset();
              },
              stage -> stage.perform(call(stage, way, protocol)));
      new Exchange(protocol, "cancelled before the response " + way, Point.CANCELLED_WAITING)
          .by(way)
          .needs(way.isAsync() ? Feature.CANCEL_WAITING : Feature.CANCEL_BLOCKING)
          .expect(Expected.before("cancelled"))
          .play(
              stalled(),
              stage -> {
                ClientCall call = call(stage, way, protocol);
                Thread canceller =
                    started(
                        () -> {
                          stage.await("received");
                          call.cancel();
                        });
                stage.perform(call);
                canceller.join();
              });
      if (way.body() == Feature.WHOLE) {
        continue;
      }
      for (Next next : new Next[] {Next.CLOSE, Next.LEAVE}) {
        if (next == Next.LEAVE && way.body() == Feature.PUSH) {
          // A subscriber that asks for nothing more is the same to the client as one that is slow.
          continue;
        }
        new Exchange(
                protocol,
                next + " in the stream " + way,
                next == Next.CLOSE ? Point.CLOSED_EARLY : Point.LEFT_UNREAD)
            .by(way)
            .expect(Expected.afterFirst(next == Next.CLOSE ? "cancelled" : "abandoned"))
            .play(
                firstThen(
                    exchange -> {
                      if (next == Next.LEAVE) {
                        // A client may ask ahead: one that gets nothing for it may be waiting.
                        exchange.data(Bodies.utf8(": still here\n\n"));
                      }
                      exchange.awaitClientGone();
                    }),
                stage ->
                    stage.perform(call(stage, way, protocol).lockstep().stopAfter(FIRST, next)));
      }
      byte[] whole = Answers.stream();
      new Exchange(protocol, "closed after the end mark " + way, Point.CLOSED_AFTER_DONE)
          .by(way)
          .expect(Expected.stream())
          .play(
              streaming(
                  ServerExchange::awaitClientGone,
                  Answers.role(),
                  Answers.first(),
                  Answers.last(),
                  Answers.DONE),
              stage ->
                  stage.perform(call(stage, way, protocol).stopAfter(whole.length, Next.CLOSE)));
      new Exchange(protocol, "reset in the stream " + way, Point.RESET_READING)
          .by(way)
          .expect(Expected.afterFirst("reset"))
          .play(
              firstThen(ServerExchange::reset),
              stage -> stage.perform(call(stage, way, protocol).lockstep()));
      Feature cancel =
          way.body() == Feature.STREAM
              ? Feature.CANCEL_READING
              : way.isAsync() ? Feature.CANCEL_WAITING : Feature.CANCEL_BLOCKING;
      new Exchange(protocol, "cancelled in the stream " + way, Point.CANCELLED_READING)
          .by(way)
          .needs(cancel)
          .expect(Expected.afterFirst("cancelled"))
          .play(
              firstThen(
                  exchange -> {
                    signals.set(key(exchange, "received"));
                    exchange.awaitClientGone();
                  }),
              stage -> {
                ClientCall call = call(stage, way, protocol).lockstep();
                Thread canceller =
                    started(
                        () -> {
                          stage.await("received");
                          // What we note of the last bytes, we note after the application did.
                          Thread.sleep(100);
                          call.cancel();
                        });
                stage.perform(call);
                canceller.join();
              });
      if (way.body() == Feature.PUSH) {
        new Exchange(protocol, "subscriber throws " + way, Point.CALLBACK_THROWS)
            .by(way)
            .expect(Expected.before("error"))
            .play(
                streaming(ServerExchange::awaitClientGone, Answers.role()),
                stage ->
                    stage.perform(
                        call(stage, way, protocol)
                            .onReceived(
                                total -> {
                                  throw new IllegalStateException("application's subscriber");
                                })));
      }
      if (protocol == Protocol.HTTP_1) {
        backPressure(way);
      }
    }
  }

  /** The application stops reading, until the server does not get rid of anything any more. */
  private void backPressure(Way way) {
    new Exchange(Protocol.HTTP_1, "slow reader " + way, Point.BACK_PRESSURE)
        .by(way)
        .alone()
        .play(
            exchange -> {
              exchange.readBody();
              exchange.head(200, Framing.CHUNKED, SSE);
              AtomicLong written = new AtomicLong();
              Thread writer =
                  started(
                      () -> {
                        byte[] piece = Bodies.hugeLine(64 * 1024);
                        while (written.get() < FLOOD) {
                          exchange.data(piece);
                          written.addAndGet(piece.length);
                        }
                      });
              signals.await(key(exchange, "slow"));
              long before = -1;
              while (before != written.get()) {
                before = written.get();
                exchange.sleep(250);
              }
              exchange.stamp(before < FLOOD ? HELD_BACK : "all was read");
              signals.set(key(exchange, "seen"));
              exchange.awaitClientGone();
              writer.join();
            },
            stage -> {
              boolean[] told = new boolean[1];
              stage.perform(
                  call(stage, way, Protocol.HTTP_1)
                      .stopAfter(1, Next.CLOSE)
                      .onReceived(
                          total -> {
                            if (!told[0]) {
                              told[0] = true;
                              stage.signal("slow");
                              stage.await("seen");
                            }
                          }));
            });
  }

  /** The stamp on the request if the server could not write all that it had. */
  static final String HELD_BACK = "held back";

  private void requests(Protocol protocol) {
    for (Way way : new Way[] {Way.BLOCKING_WHOLE, Way.ASYNC_STREAM}) {
      new Exchange(protocol, "written body " + way, Point.UPLOADS)
          .by(way)
          .needs(Feature.WRITTEN_BODY)
          .expect(Expected.stream())
          .play(
              streaming(ServerExchange::end, Answers.stream()),
              stage ->
                  stage.perform(
                      call(stage, way, protocol).shared().body(Body.WRITTEN, body(true))));
      if (protocol == Protocol.HTTP_2) {
        // OkHttp 3.12 sends such a request again and again, without end.
        continue;
      }
      new Exchange(protocol, "body that fails " + way, Point.UPLOADS)
          .by(way)
          .needs(Feature.WRITTEN_BODY, Feature.FAILING_BODY)
          .view(View.RACY)
          .expect(new Expected(1, "error", null, null, false, false))
          .play(
              ServerExchange::readBody,
              stage -> stage.perform(call(stage, way, protocol).body(Body.FAILING, body(true))));
    }
    new Exchange(protocol, "five megabytes each way", Point.UPLOADS)
        .by(Way.BLOCKING_STREAM)
        .alone()
        .play(
            exchange -> {
              int length = exchange.readBody().length;
              exchange.head(200, Framing.CHUNKED, SSE);
              for (int i = 0; i < 5; i++) {
                exchange.data(Bodies.hugeLine(1_000_000 + length % 7));
              }
              exchange.end();
            },
            stage ->
                stage.perform(
                    call(stage, Way.BLOCKING_STREAM, protocol)
                        .body(
                            Body.IN_MEMORY,
                            "{\"messages\":[{\"content\":[{\"image_url\":\"data:"
                                + "A".repeat(5_000_000)
                                + "\"}]}],\"model\":\"m\"}")));
    new Exchange(protocol, "two thousand little pieces")
        .by(Way.BLOCKING_STREAM)
        .play(
            exchange -> {
              exchange.readBody();
              exchange.head(200, Framing.CHUNKED, SSE);
              byte[] body = Bodies.stream(new Random(6), 40, true, true);
              for (byte[] piece : Bodies.cut(new Random(6), body, 2000)) {
                exchange.data(piece);
              }
              exchange.end();
            },
            stage -> stage.perform(call(stage, Way.BLOCKING_STREAM, protocol).shared()));
    for (Way way : new Way[] {Way.ASYNC_WHOLE, Way.ASYNC_STREAM}) {
      new Exchange(protocol, "a call from the callback of another " + way, Point.CALLBACK_CONTEXT)
          .by(way)
          .expect(Expected.stream().times(2))
          .play(
              streaming(ServerExchange::end, Answers.stream()),
              stage ->
                  stage.perform(
                      call(stage, way, protocol)
                          .onCallback(
                              () ->
                                  stage.perform(call(stage, Way.ASYNC_WHOLE, protocol).shared()))));
    }
    int count = 20;
    new Exchange(protocol, count + " at once", Point.AT_THE_SAME_TIME)
        .needs(Feature.WHOLE)
        .view(View.UNORDERED)
        .expect(Expected.document().times(count))
        .play(
            answering(200, Answers.document()),
            stage -> {
              List<Thread> threads = new ArrayList<>();
              for (int i = 0; i < count; i++) {
                Way way = stage.ways().get(i % stage.ways().size());
                // The shared clients keep one connection each: which of several they took next
                // would be left to chance.
                ClientCall call = stage.call(way, protocol, PATH).body(Body.IN_MEMORY, body(false));
                Context context = Context.current();
                threads.add(started(context.wrap(() -> stage.perform(call))::run));
              }
              for (Thread thread : threads) {
                thread.join();
              }
            });
  }

  private void timeouts() {
    for (Way way : new Way[] {Way.BLOCKING_WHOLE, Way.ASYNC_WHOLE, Way.BLOCKING_STREAM}) {
      new Exchange(Protocol.HTTP_1, "too late a response " + way, Point.TIMEOUT_WAITING)
          .by(way)
          .needs(Feature.CALL_TIMEOUT)
          .expect(Expected.before("timeout"))
          .play(
              stalled(),
              stage -> stage.perform(call(stage, way, Protocol.HTTP_1).callTimeout(SHORT)));
      new Exchange(Protocol.HTTP_1, "no connection " + way, Point.NO_CONNECTION)
          .by(way)
          .expect(
              new Expected(1, "error", null, null, false, driver.lacks(Feature.BODY_AHEAD) == null))
          .play(ServerExchange::readBody, stage -> stage.perform(refused(stage, way)));
    }
    for (Protocol protocol : Protocol.values()) {
      for (Way way : new Way[] {Way.BLOCKING_STREAM, Way.ASYNC_STREAM}) {
        new Exchange(protocol, "too long a pause " + way, Point.TIMEOUT_READING)
            .by(way)
            .needs(Feature.READ_TIMEOUT)
            .expect(Expected.afterFirst("timeout"))
            .play(
                firstThen(ServerExchange::awaitClientGone),
                stage -> stage.perform(call(stage, way, protocol).lockstep().readTimeout(SHORT)));
      }
    }
  }

  private void interrupts() {
    for (Protocol protocol : Protocol.values()) {
      new Exchange(protocol, "interrupted before the response", Point.INTERRUPTED)
          .by(Way.BLOCKING_WHOLE)
          .needs(Feature.INTERRUPT_WAITING)
          .expect(Expected.before("cancelled"))
          .play(
              stalled(),
              stage -> {
                Thread thread = Thread.currentThread();
                Thread interrupter =
                    started(
                        () -> {
                          stage.await("received");
                          thread.interrupt();
                        });
                stage.perform(call(stage, Way.BLOCKING_WHOLE, protocol));
                boolean unused = Thread.interrupted();
                interrupter.join();
              });
    }
    new Exchange(Protocol.HTTP_1, "interrupted in the stream", Point.INTERRUPTED_READING)
        .by(Way.BLOCKING_STREAM)
        .needs(Feature.INTERRUPT_READING)
        .expect(Expected.afterFirst("cancelled"))
        .play(
            streaming(ServerExchange::awaitClientGone, Answers.role(), Answers.first()),
            stage -> {
              stage.perform(
                  call(stage, Way.BLOCKING_STREAM, Protocol.HTTP_1)
                      .onReceived(
                          total -> {
                            if (total >= FIRST) {
                              Thread.currentThread().interrupt();
                            }
                          }));
              boolean unused = Thread.interrupted();
            });
  }

  private void redirects() {
    for (int status : new int[] {301, 302, 303, 307, 308}) {
      Exchange exchange = new Exchange(Protocol.HTTP_1, "redirect " + status, Point.REDIRECTS);
      if (status == 307) {
        exchange.needs(Feature.REDIRECTS).expect(Expected.stream());
      }
      exchange
          .by(Way.BLOCKING_STREAM)
          .play(
              served -> {
                served.readBody();
                String path = served.request().path();
                if (path.endsWith("?again")) {
                  served.head(200, Framing.CHUNKED, SSE);
                  served.data(Answers.stream());
                } else {
                  served.head(
                      status, Framing.LENGTH, "Location", path + "?again", "Content-Length", "0");
                }
                served.end();
              },
              stage -> stage.perform(call(stage, Way.BLOCKING_STREAM, Protocol.HTTP_1).shared()));
    }
  }

  /** What is no HTTP, or hardly. */
  private void broken() {
    String[] responses = {
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
      "HTTP/1.1 OK\r\n\r\n",
      "garbage\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef",
      "HTTP/1.0 200 OK\r\n\r\nclose-delimited",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\nTrailer: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: \r\nX:\r\nContent-Length: 2\r\n\r\nok",
    };
    for (String response : responses) {
      int head = response.indexOf("\r\n\r\n") + 4;
      // Where the body is wrong, the head is to be seen first: with both at once that is left to
      // chance.
      boolean wrongBody = response.contains("zz") || response.contains("helloX");
      for (Way way : new Way[] {Way.BLOCKING_STREAM, Way.ASYNC_WHOLE}) {
        boolean headFirst = wrongBody && way.body() == Feature.STREAM;
        new Exchange(Protocol.HTTP_1, "raw " + response.replace("\r\n", " ") + " " + way)
            .by(way)
            .play(
                exchange -> {
                  exchange.readBody();
                  byte[] bytes = response.getBytes(StandardCharsets.ISO_8859_1);
                  exchange.raw(Arrays.copyOf(bytes, headFirst ? head : bytes.length));
                  if (headFirst) {
                    signals.await(key(exchange, "head"));
                    exchange.raw(Arrays.copyOfRange(bytes, head, bytes.length));
                  }
                  exchange.close();
                },
                stage -> {
                  ClientCall call = call(stage, way, Protocol.HTTP_1);
                  stage.perform(headFirst ? call.onResponse(() -> stage.signal("head")) : call);
                });
      }
    }
  }

  private void slowHead() {
    new Exchange(Protocol.HTTP_1, "head in single bytes")
        .by(Way.BLOCKING_WHOLE)
        .play(
            exchange -> {
              exchange.readBody();
              byte[] head = Bodies.utf8("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
              for (byte b : head) {
                exchange.raw(new byte[] {b});
              }
              exchange.close();
            },
            stage -> stage.perform(call(stage, Way.BLOCKING_WHOLE, Protocol.HTTP_1)));
  }

  private void otherTraffic() {
    for (Protocol protocol : Protocol.values()) {
      for (String path : new String[] {"/orders", "/v1/models", PATH + "/history", PATH}) {
        Exchange exchange =
            new Exchange(protocol, "no model call " + path, Point.OTHER_TRAFFIC)
                .expect(Expected.NONE);
        if (path.equals(PATH)) {
          // What the path does not say, the body must, before the span begins.
          exchange.needs(Feature.BODY_AHEAD);
        }
        exchange.play(
            answering(200, Answers.document()),
            stage ->
                stage.perform(
                    stage
                        .call(stage.ways().get(0), protocol, path)
                        .shared()
                        .body(
                            path.endsWith("models") ? Body.NONE : Body.IN_MEMORY,
                            "{\"order\":1}")));
      }
    }
  }

  private void generated(Random random, int count) {
    for (int i = 0; i < count; i++) {
      generated(new Random(random.nextLong()));
    }
  }

  private void generated(Random random) {
    Protocol protocol = random.nextInt(3) == 0 ? Protocol.HTTP_2 : Protocol.HTTP_1;
    int way = random.nextInt(1000);
    Reply[] replies = Reply.values();
    Reply reply = replies[random.nextInt(replies.length)];
    if (reply == Reply.TRUNCATED && protocol == Protocol.HTTP_2) {
      reply = Reply.STREAM;
    }
    Framing[] framings = Framing.values();
    Framing framing = framings[random.nextInt(framings.length)];
    boolean written = random.nextInt(4) == 0;
    boolean get = random.nextInt(10) == 0;
    String[] paths = {
      PATH,
      PATH,
      PATH,
      "/openai/deployments/d/chat/completions?api-version=2024-02-01",
      "/gateway/v1/chat/completions?x=%20y",
      "/v1/embeddings",
      "/orders"
    };
    String path = get ? "/v1/models" : paths[random.nextInt(paths.length)];
    String requestBody = Bodies.chatRequest(random, reply.name().startsWith("STREAM"));
    Response response = reply.response(random);
    List<byte[]> pieces = Bodies.cut(random, response.body(), 1 + random.nextInt(25));
    int[] pauses = Response.pauses(random, pieces.size());
    Exchange exchange =
        new Exchange(
            protocol, "generated " + reply + " " + framing + (written ? " written " : " ") + path);
    if (written) {
      exchange.needs(Feature.WRITTEN_BODY);
    }
    exchange.play(
        served -> {
          served.readBody();
          response.play(served, framing, pieces, pauses);
        },
        stage ->
            stage.perform(
                stage
                    .call(stage.ways().get(way % stage.ways().size()), protocol, path)
                    .shared()
                    .body(get ? Body.NONE : written ? Body.WRITTEN : Body.IN_MEMORY, requestBody)));
  }

  private interface Action {
    void run() throws Exception;
  }

  private static Thread started(Action action) {
    Thread thread =
        new Thread(
            () -> {
              try {
                action.run();
              } catch (Exception e) {
                // Either side has gone, which is seen where it matters.
              }
            },
            "helper");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
