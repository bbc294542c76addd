/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.vllm;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.SpanRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the example applications under the agent with Spanglass against a real vLLM and compares
 * what they exported with what vLLM says. Started by the script {@code verify}.
 */
public final class Verify {

  private static final Duration APP_TIMEOUT = Duration.ofMinutes(10);

  /** For how long the counters must stand still until a cancelled call is taken to be over. */
  private static final long QUIET_MILLIS = 2_000;

  private static final long SETTLE_MILLIS = 30_000;
  private static final long POLL_MILLIS = 100;

  private final Path root;
  private final String version;
  private final VllmServers servers;
  private final OtlpReceiver receiver;
  private final List<Window> windows = new ArrayList<>();

  private Verify(Path root, String version, VllmServers servers, OtlpReceiver receiver) {
    this.root = root;
    this.version = version;
    this.servers = servers;
    this.receiver = receiver;
  }

  /** Arguments: see the script. */
  public static void main(String[] args) throws Exception {
    boolean json = false;
    int @Nullable [] attach = null;
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--json")) {
        json = true;
      } else if (args[i].equals("--attach") && i + 1 < args.length) {
        attach = ports(args[++i]);
      } else {
        usage("unknown option " + args[i]);
        return;
      }
      if (attach != null && attach.length != 3) {
        usage("--attach needs three ports, such as 8000,8001,4318");
        return;
      }
    }
    String version = Verify.class.getPackage().getImplementationVersion();
    if (version == null) {
      throw new IllegalStateException("not run from its jar; run examples/vllm/verify");
    }
    Path root = Path.of(System.getProperty("spanglass.vllm.root", "."));
    Comparison.Result result;
    try {
      result = attach == null ? run(root, version) : runAttached(root, version, attach);
    } catch (IOException e) {
      System.err.println("verify: " + e.getMessage());
      System.exit(1);
      return;
    }
    System.out.print(json ? Report.json(result).toPrettyString() + "\n" : Report.text(result));
    System.exit(result.findings().isEmpty() ? 0 : 1);
  }

  private static int[] ports(String list) {
    try {
      return Arrays.stream(list.split(",", -1)).mapToInt(Integer::parseInt).toArray();
    } catch (NumberFormatException e) {
      return new int[0];
    }
  }

  private static void usage(String problem) {
    System.err.println("verify: " + problem + " (see examples/vllm/verify --help)");
    System.exit(2);
  }

  /**
   * Starts both servers, runs the applications, stops the servers.
   *
   * @param root of the repository, where everything is built
   * @throws IOException if the servers could not be started or an application failed
   */
  static Comparison.Result run(Path root, String version) throws Exception {
    Path scripts = root.resolve("examples").resolve("vllm");
    Path runDirectory =
        Files.createDirectories(scripts.resolve("target").resolve("run")).toAbsolutePath();
    try (OtlpReceiver receiver = OtlpReceiver.start();
        VllmServers servers = VllmServers.start(scripts, runDirectory, receiver.endpoint())) {
      return new Verify(root, version, servers, receiver).run();
    }
  }

  /** Uses servers that run already and export to a port on which nothing listens yet. */
  static Comparison.Result runAttached(Path root, String version, int[] ports) throws Exception {
    try (OtlpReceiver receiver = OtlpReceiver.start(ports[2]);
        VllmServers servers = VllmServers.attach(ports[0], ports[1])) {
      return new Verify(root, version, servers, receiver).run();
    }
  }

  private Comparison.Result run() throws Exception {
    runDemo("httpclient-app");
    runDemo("langchain4j-app");
    runTour();
    awaitServerSpans();
    return Comparison.of(windows, receiver.spans(), receiver.latestMetrics());
  }

  /** An application of the demo, as it is: the servers are looked at before and after it. */
  private void runDemo(String app) throws Exception {
    progress("running " + app);
    ServerMetrics chat = ServerMetrics.of(servers.chatUrl());
    try (AgentJvm jvm =
        agent(app).jar(jar(app), servers.chatUrl(), VllmServers.CHAT_MODEL).start()) {
      awaitEnd(app, jvm);
      List<Call> calls = new ArrayList<>();
      for (String line : jvm.stdout().split("\n", -1)) {
        Call call = Call.parse(app, line);
        if (call != null) {
          calls.add(call);
        }
      }
      if (calls.isEmpty()) {
        throw new IOException(app + " made no call:\n" + jvm.stderr());
      }
      windows.add(
          new Window(calls, settled(servers.chatUrl(), calls).minus(chat), ServerMetrics.NONE));
    }
  }

  /** The tour waits after each call, until the servers were looked at. */
  private void runTour() throws Exception {
    String app = "server-tour";
    progress("running " + app);
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    ServerMetrics chat = ServerMetrics.of(servers.chatUrl());
    ServerMetrics embeddings = ServerMetrics.of(servers.embeddingsUrl());
    try (AgentJvm jvm =
        agent(app)
            .classpath(jar("httpclient-app"))
            .main(
                "io.spanglass.examples.httpclient.ServerTour",
                servers.chatUrl(),
                VllmServers.CHAT_MODEL,
                servers.embeddingsUrl(),
                VllmServers.EMBEDDINGS_MODEL,
                "--step")
            .onStdoutLine(lines::add)
            .start()) {
      long deadline = System.nanoTime() + APP_TIMEOUT.toNanos();
      while (true) {
        String line = lines.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
        if (line == null) {
          if (!jvm.isAlive() && lines.isEmpty()) {
            break;
          }
          if (System.nanoTime() > deadline) {
            throw new IOException(app + " still runs after " + APP_TIMEOUT + "\n" + jvm.stderr());
          }
          continue;
        }
        Call call = Call.parse(app, line);
        if (call == null) {
          continue;
        }
        progress("  " + call.name());
        List<Call> one = List.of(call);
        ServerMetrics chatNow = settled(servers.chatUrl(), one);
        ServerMetrics embeddingsNow = settled(servers.embeddingsUrl(), one);
        windows.add(new Window(one, chatNow.minus(chat), embeddingsNow.minus(embeddings)));
        chat = chatNow;
        embeddings = embeddingsNow;
        jvm.writeLine("go on");
      }
      awaitEnd(app, jvm);
    }
  }

  /**
   * A server's metrics once they stand still: vLLM counts a moment after it has answered, and goes
   * on with a cancelled call until it notices.
   */
  private static ServerMetrics settled(String url, List<Call> calls)
      throws IOException, InterruptedException {
    boolean cancelled = calls.stream().anyMatch(call -> call.ending() == Call.Ending.CANCELLED);
    long quiet = cancelled ? QUIET_MILLIS : 3 * POLL_MILLIS;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS);
    ServerMetrics last = ServerMetrics.of(url);
    long since = System.nanoTime();
    while (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(quiet)
        && System.nanoTime() < deadline) {
      Thread.sleep(POLL_MILLIS);
      ServerMetrics now = ServerMetrics.of(url);
      if (!now.equals(last)) {
        last = now;
        since = System.nanoTime();
      }
    }
    return last;
  }

  private void awaitServerSpans() throws InterruptedException {
    long expected =
        windows.stream()
            .mapToLong(window -> window.chat().finished() + window.embeddings().finished())
            .sum();
    try {
      // Those without a parent are of somebody else's calls.
      receiver.awaitSpans(
          spans -> spans.stream().filter(Verify::isServerSpanOfACall).count() >= expected,
          Duration.ofSeconds(30));
    } catch (TimeoutException e) {
      // Which are missing, the comparison finds.
      progress("not all spans of the servers have arrived");
    }
  }

  private static boolean isServerSpanOfACall(SpanRecord span) {
    return span.name().equals(Comparison.SERVER_SPAN) && !span.parentSpanId().isEmpty();
  }

  private AgentJvm.Builder agent(String app) {
    Path agent = root.resolve("examples/vllm/target/agent/opentelemetry-javaagent.jar");
    Path extension =
        root.resolve(
            "javaagent-extension/target/spanglass-javaagent-extension-" + version + ".jar");
    return AgentJvm.builder()
        .agent(existing(agent))
        .extension(existing(extension))
        .exportTo(receiver)
        .serviceName(app)
        .jvmOption("-Xmx256m");
  }

  private Path jar(String app) {
    return existing(
        root.resolve(
            "examples/" + app + "/target/spanglass-example-" + app + "-" + version + ".jar"));
  }

  private static Path existing(Path file) {
    if (!Files.exists(file)) {
      throw new IllegalStateException(
          file + " is missing; run examples/vllm/verify, which builds it");
    }
    return file;
  }

  /** The agent has flushed when the JVM has ended: nothing more will come from it. */
  private static void awaitEnd(String app, AgentJvm jvm) throws IOException, InterruptedException {
    try {
      jvm.waitForSuccess(APP_TIMEOUT);
    } catch (TimeoutException | IllegalStateException e) {
      throw new IOException(app + " failed: " + e.getMessage(), e);
    }
  }

  private static void progress(String text) {
    System.err.println("verify: " + text);
  }
}
