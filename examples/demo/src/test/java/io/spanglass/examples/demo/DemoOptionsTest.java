/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanglass.examples.modelserver.ServerOptions;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoOptionsTest {

  @Test
  void nothingIsRequired() {
    assertThat(DemoOptions.parse())
        .isEqualTo(
            new DemoOptions(null, null, null, ServerOptions.DEFAULTS, null, false, false, false));
  }

  @Test
  void valuesFollowOrAreAttached() {
    assertThat(
            DemoOptions.parse(
                "--server-ttft-ms",
                "700",
                "--server-chunk-ms=5",
                "--format=json",
                "--dump",
                "out",
                "--otlp-endpoint=http://127.0.0.1:4318"))
        .isEqualTo(
            new DemoOptions(
                null,
                null,
                URI.create("http://127.0.0.1:4318"),
                new ServerOptions(0, 700, 5),
                Path.of("out"),
                true,
                false,
                false));
    assertThat(DemoOptions.parse("--api", "--format", "json").api()).isTrue();
    assertThat(DemoOptions.parse("--api", "--format", "json").json()).isTrue();
    DemoOptions foreign =
        DemoOptions.parse("--base-url", "http://127.0.0.1:8000/v1", "--model", "m");
    assertThat(foreign.baseUrl()).isEqualTo("http://127.0.0.1:8000/v1");
    assertThat(foreign.model()).isEqualTo("m");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--bogus 1",
        "--base-url http://127.0.0.1/v1 --model m --api",
        "bogus",
        "--model m",
        "--base-url http://127.0.0.1/v1",
        "--base-url localhost:8000 --model m",
        "--base-url http://127.0.0.1/v1 --model",
        "--base-url http://127.0.0.1/v1 --model m --server-ttft-ms 1",
        "--server-ttft-ms soon",
        "--server-ttft-ms -1",
        "--server-chunk-ms",
        "--otlp-endpoint grpc://127.0.0.1:4317",
        "--format xml",
        "--dump --format=json"
      })
  void wrongOptionsAreRefused(String line) {
    assertThatThrownBy(() -> DemoOptions.parse(line.split(" ", -1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            ".*(unknown option|needs|go together|are for|is for|is text or json).*");
  }
}
