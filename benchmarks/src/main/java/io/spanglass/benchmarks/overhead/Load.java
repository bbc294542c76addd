/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.overhead;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.spanglass.benchmarks.Sample;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * The application under measurement. For each line of its standard input, such as {@code 7 stream 4
 * 5000} (a number, what, threads, milliseconds), it makes calls and prints a line: the number,
 * calls a second, their median in ns, and a call's nanoseconds of CPU and bytes allocated, of all
 * threads of the JVM.
 */
public final class Load {
  private static final int LATENCIES = 1 << 20;

  private final Client client;

  private Load(Client client) {
    this.client = client;
  }

  /** One HTTP client as an application uses it. Thread-safe. */
  private interface Client {
    /** Returns how many bytes of body there were. */
    int call() throws IOException, InterruptedException;

    int stream(byte[] buffer) throws IOException, InterruptedException;
  }

  private static final class Jdk implements Client {
    private static final int MAX_BROKEN = 100;

    private final AtomicInteger broken = new AtomicInteger();

    private final HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI uri;
    private final String call;
    private final String stream;

    Jdk(String uri, Sample sample) {
      this.uri = URI.create(uri);
      this.call = sample.request(false);
      this.stream = sample.request(true);
    }

    private HttpRequest request(String body) {
      return HttpRequest.newBuilder(uri)
          .header("Content-Type", "application/json")
          .header("Authorization", "Bearer nothing")
          .POST(HttpRequest.BodyPublishers.ofString(body))
          .build();
    }

    @Override
    public int call() throws IOException, InterruptedException {
      return send(call, HttpResponse.BodyHandlers.ofString()).length();
    }

    @Override
    public int stream(byte[] buffer) throws IOException, InterruptedException {
      try (InputStream in = send(stream, HttpResponse.BodyHandlers.ofInputStream())) {
        return drain(in, buffer);
      }
    }

    private <T> T send(String body, HttpResponse.BodyHandler<T> handler)
        throws IOException, InterruptedException {
      try {
        return client.send(request(body), handler).body();
      } catch (IOException e) {
        // With more threads than cores JDK 17's client, also alone, now and then takes the answer
        // on a connection from its pool for bytes that nobody asked for, and closes it.
        if (broken.incrementAndGet() > MAX_BROKEN) {
          throw e;
        }
        return client.send(request(body), handler).body();
      }
    }
  }

  private static final class OkHttp implements Client {
    private static final MediaType JSON = MediaType.get("application/json");

    private final OkHttpClient client = new OkHttpClient();
    private final String uri;
    private final String call;
    private final String stream;

    OkHttp(String uri, Sample sample) {
      this.uri = uri;
      this.call = sample.request(false);
      this.stream = sample.request(true);
    }

    private Request request(String body) {
      return new Request.Builder()
          .url(uri)
          .header("Authorization", "Bearer nothing")
          .post(RequestBody.create(body, JSON))
          .build();
    }

    @Override
    public int call() throws IOException {
      try (Response response = client.newCall(request(call)).execute()) {
        return response.body().string().length();
      }
    }

    @Override
    public int stream(byte[] buffer) throws IOException {
      try (Response response = client.newCall(request(stream)).execute()) {
        return drain(response.body().byteStream(), buffer);
      }
    }
  }

  private static int drain(InputStream in, byte[] buffer) throws IOException {
    int all = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      all += read;
    }
    return all;
  }

  /**
   * Serves its standard input until that ends.
   *
   * @param arguments the client, {@code jdk} or {@code okhttp}, the server's port, and the name of
   *     the {@link Sample}
   */
  public static void main(String[] arguments) throws Exception {
    Sample sample = Sample.valueOf(arguments[2]);
    String uri = "http://127.0.0.1:" + arguments[1] + sample.path();
    Load load =
        new Load(arguments[0].equals("jdk") ? new Jdk(uri, sample) : new OkHttp(uri, sample));
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      List<String> words = List.of(line.split(" ", -1));
      System.out.println(
          words.get(0)
              + " "
              + load.run(
                  words.get(1).equals("stream"),
                  Integer.parseInt(words.get(2)),
                  Integer.parseInt(words.get(3))));
    }
    System.exit(0);
  }

  /** One thread's calls. */
  private final class Worker implements Runnable {
    final long[] latencies = new long[LATENCIES];
    volatile int calls;
    volatile @Nullable Throwable failure;

    private final boolean stream;
    private final AtomicBoolean stop;
    private final byte[] buffer = new byte[8192];

    Worker(boolean stream, AtomicBoolean stop) {
      this.stream = stream;
      this.stop = stop;
    }

    @Override
    public void run() {
      try {
        int expected = 0;
        for (int call = 0; !stop.get(); call++) {
          long start = System.nanoTime();
          int got = stream ? client.stream(buffer) : client.call();
          long end = System.nanoTime();
          if (expected != 0 && got != expected) {
            throw new IOException(got + " bytes after " + expected);
          }
          expected = got;
          latencies[call & (LATENCIES - 1)] = end - start;
          calls = call + 1;
        }
      } catch (Throwable t) {
        failure = t;
      }
    }
  }

  private String run(boolean stream, int threads, int millis) throws InterruptedException {
    AtomicBoolean stop = new AtomicBoolean();
    Worker[] workers = new Worker[threads];
    Thread[] running = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      workers[i] = new Worker(stream, stop);
      running[i] = new Thread(workers[i], "load-" + i);
    }
    OperatingSystemMXBean os = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = os.getProcessCpuTime();
    long allocated = allocated();
    long start = System.nanoTime();
    for (Thread thread : running) {
      thread.start();
    }
    Thread.sleep(millis);
    // Before they are stopped: of a thread that has ended nothing is known.
    long allocatedAfter = allocated();
    int callsAtMeasure = 0;
    for (Worker worker : workers) {
      callsAtMeasure += worker.calls;
    }
    stop.set(true);
    for (Thread thread : running) {
      thread.join();
    }
    long nanos = System.nanoTime() - start;
    cpu = os.getProcessCpuTime() - cpu;
    int calls = 0;
    for (Worker worker : workers) {
      if (worker.failure != null || worker.calls == 0) {
        throw new IllegalStateException("the load failed", worker.failure);
      }
      calls += worker.calls;
    }
    LongStream latencies = LongStream.empty();
    for (Worker worker : workers) {
      latencies =
          LongStream.concat(
              latencies, Arrays.stream(worker.latencies, 0, Math.min(worker.calls, LATENCIES)));
    }
    long[] sorted = latencies.sorted().toArray();
    return String.format(
        Locale.ROOT,
        "%.1f %d %d %d",
        calls * 1e9 / nanos,
        sorted[sorted.length / 2],
        cpu / calls,
        (allocatedAfter - allocated) / Math.max(1, callsAtMeasure));
  }

  /** By all threads that live. */
  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long all = 0;
    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
      all += Math.max(0, bytes);
    }
    return all;
  }
}
