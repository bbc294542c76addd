/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.standalone;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.common.export.ProxyOptions;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/**
 * Sends OTLP with the JDK's oldest HTTP client, which loads a fraction of the classes of the newer
 * one: no selector thread, no flows of buffers, and no TLS set up for a plain address. One request
 * at a time, as the exporters send them.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/#otlphttp">OTLP/HTTP</a>
 */
final class UrlConnectionSender implements HttpSender {
  private static final int MAX_QUEUED = 8;

  private final URI endpoint;
  private final HttpSenderConfig config;
  private final int connectMillis;
  private final int timeoutMillis;
  private final long maxResponseBytes;
  private final ExecutorService executor;
  private final boolean ownExecutor;

  UrlConnectionSender(HttpSenderConfig config) {
    this.endpoint = config.getEndpoint();
    this.config = config;
    this.connectMillis = millis(config.getConnectTimeout());
    this.timeoutMillis = millis(config.getTimeout());
    this.maxResponseBytes = Math.min(config.getMaxResponseBodySize(), 1 << 20);
    ExecutorService given = config.getExecutorService();
    this.ownExecutor = given == null;
    this.executor = given == null ? oneThread() : given;
  }

  private static ExecutorService oneThread() {
    return new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(MAX_QUEUED),
        task -> {
          Thread thread = new Thread(task, "spanglass-gpu-otlp");
          thread.setDaemon(true);
          return thread;
        });
  }

  /** 0, which means no limit to both, becomes 0 here too. */
  private static int millis(Duration duration) {
    return (int) Math.min(duration.toMillis(), Integer.MAX_VALUE);
  }

  @Override
  public void send(
      MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
    try {
      executor.execute(
          () -> {
            HttpResponse response;
            try {
              response = sendWithRetries(message);
            } catch (IOException | RuntimeException e) {
              onError.accept(e);
              return;
            }
            onResponse.accept(response);
          });
    } catch (RejectedExecutionException e) {
      onError.accept(e);
    }
  }

  private HttpResponse sendWithRetries(MessageWriter message) throws IOException {
    byte[] body = body(message);
    RetryPolicy policy = config.getRetryPolicy();
    int attempts = policy == null ? 1 : policy.getMaxAttempts();
    for (int attempt = 1; ; attempt++) {
      try {
        Response response = sendOnce(body);
        if (attempt >= attempts || !isRetryable(response.getStatusCode())) {
          return response;
        }
      } catch (IOException e) {
        if (attempt >= attempts || !isRetryable(e)) {
          throw e;
        }
      }
      if (policy != null) {
        pause(policy, attempt);
      }
    }
  }

  private static boolean isRetryable(int status) {
    return status == 429 || status == 502 || status == 503 || status == 504;
  }

  private static boolean isRetryable(IOException e) {
    return e instanceof ConnectException
        || e instanceof SocketTimeoutException
        || e instanceof SocketException
        || e instanceof UnknownHostException;
  }

  private static void pause(RetryPolicy policy, int attempt) throws IOException {
    double longest =
        Math.min(
            (double) policy.getInitialBackoff().toMillis()
                * Math.pow(policy.getBackoffMultiplier(), attempt - 1),
            (double) policy.getMaxBackoff().toMillis());
    try {
      TimeUnit.MILLISECONDS.sleep((long) (longest * (0.8 + 0.4 * Math.random())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private byte[] body(MessageWriter message) throws IOException {
    ByteArrayOutputStream bytes =
        new ByteArrayOutputStream(Math.max(message.getContentLength(), 32));
    Compressor compressor = config.getCompressor();
    if (compressor == null) {
      message.writeMessage(bytes);
    } else {
      try (OutputStream compressed = compressor.compress(bytes)) {
        message.writeMessage(compressed);
      }
    }
    return bytes.toByteArray();
  }

  private Response sendOnce(byte[] body) throws IOException {
    HttpURLConnection connection = open();
    connection.setRequestMethod("POST");
    connection.setInstanceFollowRedirects(false);
    connection.setDoOutput(true);
    connection.setUseCaches(false);
    connection.setConnectTimeout(connectMillis);
    connection.setReadTimeout(timeoutMillis);
    connection.setFixedLengthStreamingMode(body.length);
    connection.setRequestProperty("Content-Type", config.getContentType());
    Compressor compressor = config.getCompressor();
    if (compressor != null) {
      connection.setRequestProperty("Content-Encoding", compressor.getEncoding());
    }
    var headers = config.getHeadersSupplier().get();
    if (headers != null) {
      headers.forEach(
          (name, values) -> values.forEach(value -> connection.addRequestProperty(name, value)));
    }
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    int status = connection.getResponseCode();
    byte[] answer = new byte[0];
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      if (in != null) {
        answer = in.readNBytes((int) maxResponseBytes);
      }
    }
    return new Response(status, String.valueOf(connection.getResponseMessage()), answer);
  }

  private HttpURLConnection open() throws IOException {
    ProxyOptions options = config.getProxyOptions();
    List<Proxy> proxies = options == null ? List.of() : options.getProxySelector().select(endpoint);
    HttpURLConnection connection =
        (HttpURLConnection)
            (proxies.isEmpty()
                ? endpoint.toURL().openConnection()
                : endpoint.toURL().openConnection(proxies.get(0)));
    SSLContext context = config.getSslContext();
    if (context != null && connection instanceof HttpsURLConnection secure) {
      secure.setSSLSocketFactory(context.getSocketFactory());
    }
    return connection;
  }

  @Override
  public CompletableResultCode shutdown() {
    if (ownExecutor) {
      executor.shutdown();
    }
    return CompletableResultCode.ofSuccess();
  }

  private static final class Response implements HttpResponse {
    private final int status;
    private final String message;
    private final byte[] body;

    Response(int status, String message, byte[] body) {
      this.status = status;
      this.message = message;
      this.body = body;
    }

    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    public String getStatusMessage() {
      return message;
    }

    @Override
    public byte[] getResponseBody() {
      return body;
    }
  }
}
