/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.smoke;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** The program: ends in the middle of a stream, which it neither reads to its end nor closes. */
public final class ExitWorkload {

  /** How the JVM ends. */
  public enum Way {
    EXIT,
    RETURN,
    /** By a signal, when the line "reading" has come. */
    TERMINATED
  }

  /** Arguments: the address to call, the way. */
  public static void main(String[] args) throws Exception {
    HttpResponse<InputStream> response =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build()
            .send(
                HttpRequest.newBuilder(URI.create(args[0] + "/v1/chat/completions"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o-mini\",\"stream\":true}"))
                    .build(),
                BodyHandlers.ofInputStream());
    StringBuilder read = new StringBuilder();
    InputStream body = response.body();
    while (read.indexOf("Hel") < 0) {
      int b = body.read();
      if (b < 0) {
        throw new IllegalStateException("ended early: " + read);
      }
      read.append((char) b);
    }
    System.out.println("reading");
    switch (Way.valueOf(args[1])) {
      case EXIT:
        System.exit(0);
        return;
      case TERMINATED:
        Thread.sleep(60_000);
        return;
      default:
        // Only threads of the client are left, which do not keep the JVM.
    }
  }

  private ExitWorkload() {}
}
