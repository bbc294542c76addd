/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 server that plays scripts: over TLS with a certificate that is made at the start, and
 * in clear text with the upgrade from HTTP/1.1.
 */
public final class Http2Server implements AutoCloseable {

  /** The password of the key store. */
  public static final String PASSWORD = "spanglass";

  private static final long GONE_TIMEOUT_SECONDS = 20;

  /** Longer than a client may have to do elsewhere: connections end when scripts say so. */
  private static final long IDLE_TIMEOUT_MILLIS = 600_000;

  private final Server server;
  private final ServerConnector tls;
  private final ServerConnector clearText;
  private final Path keyStore;
  private final RequestLog log = new RequestLog();
  private final Function<ReceivedRequest, Script> scripts;
  private final Map<String, Integer> connections = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> perConnection = new ConcurrentHashMap<>();

  private Http2Server(Path keyStore, Function<ReceivedRequest, Script> scripts) {
    this.keyStore = keyStore;
    this.scripts = scripts;
    QueuedThreadPool threads = new QueuedThreadPool(400);
    threads.setDaemon(true);
    this.server = new Server(threads);

    HttpConfiguration secure = new HttpConfiguration();
    secure.setSendServerVersion(false);
    secure.setSendDateHeader(false);
    // The name in the certificate is an address, for which SNI is not sent.
    secure.addCustomizer(new SecureRequestCustomizer(false));
    HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(secure);
    http2.setMaxConcurrentStreams(2000);
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
    alpn.setDefaultProtocol("http/1.1");
    SslContextFactory.Server ssl = new SslContextFactory.Server();
    ssl.setKeyStorePath(keyStore.toString());
    ssl.setKeyStorePassword(PASSWORD);
    this.tls =
        new ServerConnector(
            server,
            1,
            1,
            new SslConnectionFactory(ssl, alpn.getProtocol()),
            alpn,
            http2,
            new HttpConnectionFactory(secure));
    tls.setHost("127.0.0.1");
    tls.setIdleTimeout(IDLE_TIMEOUT_MILLIS);
    server.addConnector(tls);

    HttpConfiguration plain = new HttpConfiguration();
    plain.setSendServerVersion(false);
    plain.setSendDateHeader(false);
    this.clearText =
        new ServerConnector(
            server,
            1,
            1,
            new HttpConnectionFactory(plain),
            new HTTP2CServerConnectionFactory(plain));
    clearText.setHost("127.0.0.1");
    server.addConnector(clearText);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            Http2Server.this.handle(request, response, callback);
            return true;
          }
        });
  }

  /** Starts a server on the loopback interface that looks up a script for every request. */
  public static Http2Server start(Function<ReceivedRequest, Script> scripts) throws Exception {
    Http2Server server = new Http2Server(createKeyStore(), scripts);
    server.server.start();
    return server;
  }

  private static Path createKeyStore() throws IOException, InterruptedException {
    Path file = Files.createTempDirectory("spanglass-test").resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-validity",
                "2",
                "-alias",
                "server",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    byte[] output = keytool.getInputStream().readAllBytes();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool: " + new String(output, Charset.defaultCharset()));
    }
    file.toFile().deleteOnExit();
    return file;
  }

  /** {@code https://127.0.0.1:port}; HTTP/2 by ALPN. */
  public String url() {
    return "https://127.0.0.1:" + tls.getLocalPort();
  }

  /** {@code http://127.0.0.1:port}; HTTP/2 by upgrade of a request without a body. */
  public String clearTextUrl() {
    return "http://127.0.0.1:" + clearText.getLocalPort();
  }

  /** The key store with the certificate to trust, PKCS12. */
  public Path keyStore() {
    return keyStore;
  }

  /** What was received since the start or the last {@link #reset}. */
  public List<ReceivedRequest> requests() {
    return log.all();
  }

  /** Forgets what was received. */
  public void reset() {
    log.clear();
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }

  private void handle(Request request, Response response, Callback callback) {
    String id = request.getConnectionMetaData().getId();
    int number = connections.computeIfAbsent(id, key -> connections.size() + 1);
    int index = perConnection.computeIfAbsent(id, key -> new AtomicInteger()).getAndIncrement();
    List<String> headers = new ArrayList<>();
    request.getHeaders().forEach(field -> headers.add(field.getName() + ": " + field.getValue()));
    ReceivedRequest received =
        new ReceivedRequest(
            request.getMethod(),
            request.getHttpURI().getPathQuery(),
            request.getConnectionMetaData().getProtocol(),
            headers,
            number,
            index);
    log.add(received);
    Http2Exchange exchange = new Http2Exchange(request, response, received);
    try {
      scripts.apply(received).play(exchange);
      if (exchange.failure != null) {
        callback.failed(exchange.failure);
      } else {
        callback.succeeded();
      }
    } catch (Exception e) {
      callback.failed(e);
    }
  }

  private static final class Http2Exchange implements ServerExchange {

    private final Request request;
    private final Response response;
    private final ReceivedRequest received;
    private final CountDownLatch gone = new CountDownLatch(1);
    private @Nullable Throwable failure;

    Http2Exchange(Request request, Response response, ReceivedRequest received) {
      this.request = request;
      this.response = response;
      this.received = received;
      request.addFailureListener(failure -> gone.countDown());
    }

    @Override
    public ReceivedRequest request() {
      return received;
    }

    @Override
    public byte[] readBody() throws IOException {
      try (InputStream in = Content.Source.asInputStream(request)) {
        byte[] body = in.readAllBytes();
        received.body(body);
        return body;
      }
    }

    @Override
    public void interim(int status) {
      response.writeInterim(status, HttpFields.EMPTY).join();
    }

    @Override
    public void head(int status, Framing framing, String... headers) throws IOException {
      response.setStatus(status);
      for (int i = 0; i < headers.length; i += 2) {
        response.getHeaders().add(headers[i], headers[i + 1]);
      }
      data(new byte[0]);
    }

    @Override
    public void data(byte[] bytes) throws IOException {
      write(false, bytes);
    }

    private void write(boolean last, byte[] bytes) throws IOException {
      try (Blocker.Callback blocker = Blocker.callback()) {
        response.write(last, ByteBuffer.wrap(bytes), blocker);
        blocker.block();
      }
    }

    @Override
    public void end() throws IOException {
      write(true, new byte[0]);
    }

    @Override
    public void raw(byte[] bytes) {
      throw new UnsupportedOperationException("no raw bytes in HTTP/2");
    }

    @Override
    public void reset() {
      failure = new IOException("scripted reset");
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException("HTTP/2 streams are reset, not closed");
    }

    @Override
    public void awaitClientGone() throws InterruptedException {
      gone.await(GONE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void push(String path) {
      HttpURI uri = HttpURI.build(request.getHttpURI()).path(path).asImmutable();
      request.push(new MetaData.Request("GET", uri, HttpVersion.HTTP_2, HttpFields.EMPTY));
    }
  }
}
