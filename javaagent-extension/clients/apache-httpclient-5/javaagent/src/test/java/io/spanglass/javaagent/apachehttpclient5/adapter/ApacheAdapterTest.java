/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5.adapter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.Objects;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.junit.jupiter.api.Test;

/** What the adapter asks of the client's objects, and that they do not notice. */
class ApacheAdapterTest {

  private static HttpRequest request(String path) {
    HttpRequest request = new BasicHttpRequest("POST", path);
    request.setPath(path);
    return request;
  }

  @Test
  void thePathIsWithoutItsQueryAndWithoutTheServer() {
    assertThat(ApacheRequestHead.rawPath(request("/v1/chat/completions")))
        .isEqualTo("/v1/chat/completions");
    assertThat(ApacheRequestHead.rawPath(request("/a/chat?x=/y"))).isEqualTo("/a/chat");
    // As a proxy gets it.
    assertThat(ApacheRequestHead.rawPath(request("http://h:1/v1/x?y"))).isEqualTo("/v1/x");
    assertThat(new ApacheRequestHead(null, request("/a?b=c?d")).rawQuery()).isEqualTo("b=c?d");
    assertThat(new ApacheRequestHead(null, request("/a")).rawQuery()).isNull();
  }

  @Test
  void theServerIsTheOneThatWasSaidApart() {
    HttpRequest request = new BasicHttpRequest("POST", URI.create("https://a.example/v1"));
    ApacheRequestHead inTheUrl = new ApacheRequestHead(null, request);
    assertThat(inTheUrl.host()).isEqualTo("a.example");
    assertThat(inTheUrl.port()).isEqualTo(-1);
    assertThat(inTheUrl.scheme()).isEqualTo("https");
    ApacheRequestHead apart = new ApacheRequestHead(new HttpHost("http", "b.example", 81), request);
    assertThat(apart.host()).isEqualTo("b.example");
    assertThat(apart.port()).isEqualTo(81);
    assertThat(apart.scheme()).isEqualTo("http");
  }

  @Test
  void onlyEntitiesThatTheClientMadeOfMemoryAreLookedInto() {
    assertThat(seen(new StringEntity("Grüße", UTF_8))).isEqualTo("Grüße");
    assertThat(seen(new ByteArrayEntity("xabcx".getBytes(UTF_8), 1, 3, null))).isEqualTo("abc");
    assertThat(EntityBytes.of(null)).isNull();
    assertThat(
            EntityBytes.of(
                new EntityTemplate(
                    -1,
                    null,
                    null,
                    (OutputStream out) -> {
                      throw new IOException("written");
                    })))
        .isNull();
  }

  private static String seen(HttpEntity entity) {
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    Objects.requireNonNull(EntityBytes.of(entity)).writeTo(seen::write);
    return seen.toString(UTF_8);
  }
}
