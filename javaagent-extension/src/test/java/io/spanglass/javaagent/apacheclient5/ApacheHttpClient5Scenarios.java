/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apacheclient5;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.spanglass.testing.contract.Answers;
import io.spanglass.testing.contract.ContractScenario.Expected;
import io.spanglass.testing.contract.ContractScenario.View;
import io.spanglass.testing.contract.Endpoints;
import io.spanglass.testing.contract.Feature;
import io.spanglass.testing.contract.Point;
import io.spanglass.testing.contract.Scenarios;
import io.spanglass.testing.contract.Transcript;
import io.spanglass.testing.server.Framing;
import io.spanglass.testing.server.Script;
import io.spanglass.testing.server.ServerExchange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.RouteInfo.LayerType;
import org.apache.hc.client5.http.RouteInfo.TunnelType;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.SSLConnectionSocketFactory;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.io.EofSensorInputStream;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.jspecify.annotations.Nullable;

/** What only the classic client of Apache HttpClient 5 has. */
final class ApacheHttpClient5Scenarios {

  private static final String PATH = "/v1/chat/completions";
  private static final String[] SSE = {"Content-Type", "text/event-stream"};
  private static final String JSON =
      "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"
          + "\"stream\":true}";

  /** The application's part. */
  @FunctionalInterface
  private interface Part {
    void play(Call call) throws Exception;
  }

  /** What a part works with. */
  private record Call(Endpoints endpoints, String id, Transcript transcript) {
    String url() {
      return endpoints.http1() + "/" + id + PATH;
    }

    HttpPost post() {
      HttpPost post = new HttpPost(url());
      post.setEntity(new StringEntity(JSON, ContentType.APPLICATION_JSON));
      return post;
    }

    void add(String what, @Nullable Object value) {
      transcript.add(what, value);
    }

    void read(CloseableHttpResponse response) throws IOException, HttpException {
      try (response) {
        add("response", response.getClass().getName() + " " + response);
        add("headers", Arrays.toString(response.getHeaders()));
        entity(response.getEntity());
        add("body", EntityUtils.toString(response.getEntity()));
      }
    }

    void entity(HttpEntity entity) {
      add(
          "entity",
          entity.getClass().getName()
              + " "
              + entity.getContentLength()
              + " "
              + entity.isChunked()
              + " "
              + entity.isStreaming()
              + " "
              + entity.isRepeatable()
              + " "
              + entity.getContentEncoding());
    }

    void readWith(HttpClientBuilder builder) throws IOException, HttpException {
      try (CloseableHttpClient client = builder.build()) {
        read(client.execute(post()));
      }
    }
  }

  private static void add(
      Scenarios list,
      String name,
      Script script,
      Part part,
      @Nullable Expected expected,
      Point... points) {
    list.own(
        name,
        View.EXACT,
        EnumSet.of(Feature.BLOCKING),
        script,
        (driver, id, transcript) ->
            part.play(new Call(((ApacheHttpClient5Driver) driver).endpoints(), id, transcript)),
        expected,
        points);
  }

  static void addTo(Scenarios list) {
    Expected stream = Expected.stream();
    add(
        list,
        "minimal client",
        streaming(),
        call -> {
          try (CloseableHttpClient client = HttpClients.createMinimal()) {
            call.read(client.execute(call.post()));
          }
        },
        stream,
        Point.DONE);
    add(
        list,
        "written to a stream, with trailers",
        trailers(),
        call -> {
          try (CloseableHttpClient client = HttpClients.createDefault();
              CloseableHttpResponse response = client.execute(call.post())) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            response.getEntity().writeTo(out);
            call.add("body", out.toString(StandardCharsets.UTF_8));
            call.add("trailers", response.getEntity().getTrailers().get());
          }
        },
        stream,
        Point.DONE);
    add(
        list,
        "read byte by byte, skipping some",
        streaming(),
        call -> {
          try (CloseableHttpClient client = HttpClients.createDefault();
              CloseableHttpResponse response = client.execute(call.post())) {
            InputStream in = response.getEntity().getContent();
            call.add("skipped", in.skip(3));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int b = in.read(); b >= 0; b = in.read()) {
              out.write(b);
            }
            call.add("body", out.toString(StandardCharsets.UTF_8));
          }
        },
        stream,
        Point.DONE);
    add(
        list,
        "a stream as the request's body",
        streaming(),
        call -> {
          HttpPost post = call.post();
          post.setEntity(
              new InputStreamEntity(
                  new ByteArrayInputStream(JSON.getBytes(StandardCharsets.UTF_8)),
                  ContentType.APPLICATION_JSON));
          try (CloseableHttpClient client = HttpClients.createDefault()) {
            call.read(client.execute(post));
          }
        },
        stream,
        Point.DONE);
    add(
        list,
        "compressed, and not for the client to undo",
        compressed(),
        call -> {
          HttpPost post = call.post();
          post.setHeader("Accept-Encoding", "gzip");
          try (CloseableHttpClient client =
                  HttpClients.custom().disableContentCompression().build();
              CloseableHttpResponse response = client.execute(post)) {
            call.entity(response.getEntity());
            call.transcript().bytes("body", EntityUtils.toByteArray(response.getEntity()));
          }
        },
        stream,
        Point.DONE);
    add(
        list,
        "compressed, and undone by the client",
        compressed(),
        call -> call.readWith(HttpClients.custom()),
        stream,
        Point.DONE);
    add(
        list,
        "expect-continue",
        exchange -> {
          exchange.interim(100);
          streaming().play(exchange);
        },
        call ->
            call.readWith(
                HttpClients.custom()
                    .setDefaultRequestConfig(
                        RequestConfig.custom().setExpectContinueEnabled(true).build())),
        stream,
        Point.DONE);
    add(
        list,
        "expect-continue, refused",
        exchange -> {
          exchange.head(417, Framing.CLOSE, "Content-Type", "application/json");
          exchange.data("{}".getBytes(StandardCharsets.UTF_8));
          exchange.close();
        },
        call ->
            call.readWith(
                HttpClients.custom()
                    .setDefaultRequestConfig(
                        RequestConfig.custom().setExpectContinueEnabled(true).build())),
        Expected.before("error"),
        Point.STATUS_4XX);
    add(
        list,
        "early hints",
        exchange -> {
          exchange.readBody();
          exchange.interim(103);
          streaming().play(exchange);
        },
        call -> call.readWith(HttpClients.custom()),
        stream,
        Point.DONE);
    add(
        list,
        "asked for credentials",
        exchange -> {
          exchange.readBody();
          if (exchange.request().header("authorization") == null) {
            refuse(exchange, 401, "WWW-Authenticate", "Basic realm=\"x\"");
          } else {
            streaming().play(exchange);
          }
        },
        call -> {
          BasicCredentialsProvider provider = new BasicCredentialsProvider();
          provider.setCredentials(
              new AuthScope(null, -1), new UsernamePasswordCredentials("x", "y".toCharArray()));
          call.readWith(HttpClients.custom().setDefaultCredentialsProvider(provider));
        },
        null,
        Point.DONE);
    add(
        list,
        "redirect that changes the method",
        exchange -> {
          exchange.readBody();
          if (exchange.request().path().endsWith("?again")) {
            streaming().play(exchange);
          } else {
            refuse(exchange, 303, "Location", exchange.request().path() + "?again");
          }
        },
        call -> call.readWith(HttpClients.custom()),
        null,
        Point.REDIRECTS);
    add(
        list,
        "repeated after status 429",
        exchange -> {
          exchange.readBody();
          if ("1".equals(exchange.request().header("attempt"))) {
            refuse(exchange, 429, "Retry-After", "0");
          } else {
            streaming().play(exchange);
          }
        },
        call -> {
          AtomicInteger attempts = new AtomicInteger();
          call.readWith(
              HttpClients.custom()
                  .addRequestInterceptorFirst(
                      (request, entity, context) ->
                          request.setHeader("Attempt", attempts.incrementAndGet())));
        },
        stream,
        Point.DONE);
    add(
        list,
        "repeated on a connection that is new",
        exchange -> {
          exchange.readBody();
          if (exchange.request().indexOnConnection() > 0) {
            exchange.reset();
          } else {
            streaming().play(exchange);
          }
        },
        call -> {
          DefaultHttpRequestRetryStrategy strategy =
              new DefaultHttpRequestRetryStrategy(3, TimeValue.ofMilliseconds(1)) {
                @Override
                public boolean retryRequest(
                    HttpRequest request, IOException failure, int count, HttpContext context) {
                  return count <= 2;
                }
              };
          try (CloseableHttpClient client =
              HttpClients.custom().setRetryStrategy(strategy).build()) {
            // Not of the call: below no span.
            try (Scope scope = Context.root().makeCurrent();
                CloseableHttpResponse warm =
                    client.execute(new HttpGet(call.endpoints().http1() + "/warm/" + call.id()))) {
              call.add("warm", warm.getCode() + " " + EntityUtils.toString(warm.getEntity()));
            }
            call.read(client.execute(call.post()));
          }
        },
        stream,
        Point.DONE);
    add(
        list,
        "a pool after an early close",
        exchange -> {
          exchange.readBody();
          exchange.head(200, Framing.CHUNKED, SSE);
          exchange.data(Answers.first());
          exchange.awaitClientGone();
        },
        call -> {
          PoolingHttpClientConnectionManager pool =
              PoolingHttpClientConnectionManagerBuilder.create().build();
          try (CloseableHttpClient client =
              HttpClients.custom().setConnectionManager(pool).build()) {
            CloseableHttpResponse response = client.execute(call.post());
            call.add("first", response.getEntity().getContent().read());
            byte[] rest = new byte[Answers.first().length - 1];
            call.add("rest", response.getEntity().getContent().readNBytes(rest, 0, rest.length));
            call.add("leased", pool.getTotalStats().getLeased());
            ((EofSensorInputStream) response.getEntity().getContent()).abort();
            call.add("leased", pool.getTotalStats().getLeased());
            call.add("available", pool.getTotalStats().getAvailable());
          }
        },
        Expected.afterFirst("cancelled"),
        Point.CLOSED_EARLY);
    add(
        list,
        "closed early, and read on by the client",
        streaming(),
        call -> {
          PoolingHttpClientConnectionManager pool =
              PoolingHttpClientConnectionManagerBuilder.create().build();
          try (CloseableHttpClient client =
              HttpClients.custom().setConnectionManager(pool).build()) {
            CloseableHttpResponse response = client.execute(call.post());
            InputStream in = response.getEntity().getContent();
            int first = Answers.role().length + Answers.first().length;
            call.add("first", in.readNBytes(first).length);
            in.close();
            response.close();
            call.add("available", pool.getTotalStats().getAvailable());
          }
        },
        Expected.afterFirst("cancelled"),
        Point.CLOSED_EARLY);
    handlers(list);
    interceptors(list);
    proxies(list);
  }

  private static void handlers(Scenarios list) {
    add(
        list,
        "handler that throws",
        streaming(),
        call -> {
          try (CloseableHttpClient client = HttpClients.createDefault()) {
            client.execute(
                call.post(),
                response -> {
                  throw new IllegalStateException("mine");
                });
          }
        },
        Expected.before("error"),
        Point.NESTING);
    add(
        list,
        "handler that does not read",
        streaming(),
        call -> {
          try (CloseableHttpClient client = HttpClients.createDefault()) {
            HttpClientContext context = HttpClientContext.create();
            HttpPost post = call.post();
            call.add(
                "handled",
                client.execute(post, context, response -> response.getCode() + " " + response));
            call.add("request", context.getRequest().getClass() + " " + context.getRequest());
            call.add(
                "entity",
                ((ClassicHttpRequest) context.getRequest()).getEntity() == post.getEntity());
            call.add("response", context.getResponse().getClass());
          }
        },
        Expected.before("cancelled"),
        Point.CLOSED_EARLY);
    add(
        list,
        "client around a client",
        streaming(),
        call -> {
          try (CloseableHttpClient client = HttpClients.createDefault();
              Around around = new Around(client)) {
            call.add(
                "whole", around.execute(call.post(), r -> EntityUtils.toString(r.getEntity())));
          }
        },
        Expected.stream(),
        Point.DONE);
    add(
        list,
        "with the host apart",
        streaming(),
        call -> {
          try (CloseableHttpClient client = HttpClients.createDefault()) {
            HttpPost post = new HttpPost("/" + call.id() + PATH);
            post.setEntity(call.post().getEntity());
            call.add(
                "whole",
                client.execute(
                    HttpHost.create(call.endpoints().http1()),
                    post,
                    r -> EntityUtils.toString(r.getEntity())));
          } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
          }
        },
        Expected.stream(),
        Point.DONE);
  }

  private static void interceptors(Scenarios list) {
    add(
        list,
        "interceptor repeats",
        exchange -> {
          exchange.readBody();
          if (exchange.request().header("attempt") == null) {
            refuse(exchange, 400);
          } else {
            streaming().play(exchange);
          }
        },
        call ->
            call.readWith(
                HttpClients.custom()
                    .addExecInterceptorFirst(
                        "repeats",
                        (request, scope, chain) -> {
                          call.add("entity", scope.originalRequest.getEntity().getClass());
                          try (ClassicHttpResponse first = chain.proceed(request, scope)) {
                            call.add("first", EntityUtils.toString(first.getEntity()));
                          }
                          scope.originalRequest.addHeader("Attempt", "2");
                          return chain.proceed(scope.originalRequest, scope);
                        })),
        Expected.stream(),
        Point.DONE);
    add(
        list,
        "interceptor answers",
        streaming(),
        call ->
            call.readWith(
                HttpClients.custom()
                    .addExecInterceptorFirst(
                        "answers",
                        (request, scope, chain) -> {
                          BasicClassicHttpResponse response = new BasicClassicHttpResponse(200);
                          response.setEntity(new StringEntity("{}"));
                          return response;
                        })),
        Expected.before(""),
        Point.NESTING);
    add(
        list,
        "interceptor throws before",
        streaming(),
        call ->
            call.readWith(
                HttpClients.custom()
                    .addRequestInterceptorLast(
                        (request, entity, context) -> {
                          throw new HttpException("no credentials");
                        })),
        Expected.before("error"),
        Point.NESTING);
    add(
        list,
        "interceptor throws after",
        streaming(),
        call ->
            call.readWith(
                HttpClients.custom()
                    .addResponseInterceptorLast(
                        (response, entity, context) -> {
                          call.add("seen", entity.getClass());
                          throw new HttpException("not allowed");
                        })),
        Expected.before("error"),
        Point.NESTING);
    add(
        list,
        "interceptor with a call of its own",
        streaming(),
        call -> {
          try (CloseableHttpClient other = HttpClients.createDefault()) {
            call.readWith(
                HttpClients.custom()
                    .addRequestInterceptorLast(
                        (request, entity, context) -> {
                          HttpPost token =
                              new HttpPost(call.endpoints().http1() + "/warm/" + call.id());
                          token.setEntity(
                              new StringEntity("{\"model\":\"no\"}", ContentType.APPLICATION_JSON));
                          call.add("token", other.execute(token, r -> r.getCode()));
                          request.setHeader("Token", "t");
                        }));
          }
        },
        Expected.stream(),
        Point.DONE);
    add(
        list,
        "interceptor wraps the body",
        streaming(),
        call ->
            call.readWith(
                HttpClients.custom()
                    .addExecInterceptorLast(
                        "wraps",
                        (request, scope, chain) -> {
                          ClassicHttpResponse response = chain.proceed(request, scope);
                          response.setEntity(new OwnEntity(response.getEntity()));
                          return response;
                        })),
        Expected.stream(),
        Point.DONE);
  }

  private static void proxies(Scenarios list) {
    add(
        list,
        "proxy",
        streaming(),
        call -> {
          try (Relay relay = new Relay()) {
            call.readWith(HttpClients.custom().setProxy(new HttpHost("127.0.0.1", relay.port())));
          }
        },
        Expected.stream(),
        Point.DONE);
    add(
        list,
        "tunnel through a proxy",
        streaming(),
        call -> {
          try (Relay relay = new Relay()) {
            HttpHost proxy = new HttpHost("127.0.0.1", relay.port());
            call.readWith(
                HttpClients.custom()
                    .setRoutePlanner(
                        (target, context) ->
                            new HttpRoute(
                                target,
                                null,
                                proxy,
                                false,
                                TunnelType.TUNNELLED,
                                LayerType.PLAIN)));
          }
        },
        Expected.stream(),
        Point.DONE);
    add(
        list,
        "TLS",
        streaming(),
        call -> {
          PoolingHttpClientConnectionManager pool =
              PoolingHttpClientConnectionManagerBuilder.create()
                  .setSSLSocketFactory(
                      new SSLConnectionSocketFactory(call.endpoints().sslContext()))
                  .build();
          HttpPost post = new HttpPost(call.endpoints().http2() + "/" + call.id() + PATH);
          post.setEntity(new StringEntity(JSON, ContentType.APPLICATION_JSON));
          try (CloseableHttpClient client =
                  HttpClients.custom().setConnectionManager(pool).build();
              CloseableHttpResponse response = client.execute(post)) {
            call.add("body", EntityUtils.toString(response.getEntity()));
          }
        },
        Expected.stream(),
        Point.DONE);
  }

  private static Script streaming() {
    return exchange -> {
      if (exchange.request().body() == null) {
        exchange.readBody();
      }
      exchange.head(200, Framing.CHUNKED, SSE);
      exchange.data(Answers.stream());
      exchange.end();
    };
  }

  private static Script trailers() {
    return exchange -> {
      exchange.readBody();
      String stream = new String(Answers.stream(), StandardCharsets.UTF_8);
      exchange.raw(
          ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
                  + "Connection: close\r\n\r\n"
                  + Integer.toHexString(stream.length())
                  + "\r\n"
                  + stream
                  + "\r\n0\r\nX-Sum: 1\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8));
      exchange.close();
    };
  }

  private static Script compressed() {
    return exchange -> {
      exchange.readBody();
      exchange.head(200, Framing.CHUNKED, SSE[0], SSE[1], "Content-Encoding", "gzip");
      ByteArrayOutputStream zipped = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
        gzip.write(Answers.stream());
      }
      exchange.data(zipped.toByteArray());
      exchange.end();
    };
  }

  private static void refuse(ServerExchange exchange, int status, String... headers)
      throws Exception {
    String[] all = new String[headers.length + 2];
    System.arraycopy(headers, 0, all, 2, headers.length);
    all[0] = "Content-Length";
    all[1] = "2";
    exchange.head(status, Framing.LENGTH, all);
    exchange.data("{}".getBytes(StandardCharsets.UTF_8));
    exchange.end();
  }

  /** As applications write them: hands on a request of its own. */
  private static final class Around extends CloseableHttpClient {
    private final CloseableHttpClient client;

    Around(CloseableHttpClient client) {
      this.client = client;
    }

    @Override
    protected CloseableHttpResponse doExecute(
        HttpHost target, ClassicHttpRequest request, HttpContext context) throws IOException {
      HttpPost copy = new HttpPost(request.getPath());
      copy.setHeaders(request.getHeaders());
      copy.setEntity(request.getEntity());
      return client.execute(target, copy, context);
    }

    @Override
    public void close() {}

    @Override
    public void close(CloseMode closeMode) {}
  }

  private static final class OwnEntity extends HttpEntityWrapper {
    OwnEntity(HttpEntity entity) {
      super(Objects.requireNonNull(entity));
    }
  }

  private ApacheHttpClient5Scenarios() {}
}
