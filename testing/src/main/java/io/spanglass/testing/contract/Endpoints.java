/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import io.spanglass.testing.server.Http2Server;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Where the servers are, and whom a client trusts.
 *
 * @param http1 base address, HTTP/1.1
 * @param http2 base address, HTTP/2 over TLS
 * @param http2ClearText base address, HTTP/1.1 that can be upgraded to HTTP/2
 * @param refused base address where nobody listens
 * @param signals port
 * @param keyStore with the certificate to trust
 */
public record Endpoints(
    String http1, String http2, String http2ClearText, String refused, int signals, Path keyStore) {

  List<String> toArguments() {
    return List.of(
        http1, http2, http2ClearText, refused, Integer.toString(signals), keyStore.toString());
  }

  static Endpoints fromArguments(String[] args, int from) {
    return new Endpoints(
        args[from],
        args[from + 1],
        args[from + 2],
        args[from + 3],
        Integer.parseInt(args[from + 4]),
        Path.of(args[from + 5]));
  }

  /** Trusts the server of {@link #http2} only. */
  public X509TrustManager trustManager() throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keyStore)) {
      keys.load(in, Http2Server.PASSWORD.toCharArray());
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", keys.getCertificate("server"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    return (X509TrustManager) trust.getTrustManagers()[0];
  }

  /** With {@link #trustManager}. */
  public SSLContext sslContext() throws Exception {
    try {
      SSLContext ssl = SSLContext.getInstance("TLS");
      ssl.init(null, new X509TrustManager[] {trustManager()}, null);
      return ssl;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
