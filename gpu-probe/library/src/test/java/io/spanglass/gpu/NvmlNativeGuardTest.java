/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.nvml;
import org.junit.jupiter.api.Test;

class NvmlNativeGuardTest {

  @Test
  void everyNativeCallOfTheProbeIsGuardedByItsOwnName() throws Exception {
    Path classes =
        Path.of(NvmlNative.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    GuardChecker checker = new GuardChecker();
    int checked = 0;
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        checker.check(Files.readAllBytes(file));
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(20);
    assertThat(checker.unguarded).isEmpty();
    assertThat(checker.called).hasSizeGreaterThan(60).contains("nvmlInit_v2", "nvmlDeviceGetUUID");
  }

  @Test
  void theCheckerFindsWhatIsNotGuarded() throws IOException, URISyntaxException {
    GuardChecker checker = new GuardChecker();
    try (InputStream in = Samples.class.getResourceAsStream("NvmlNativeGuardTest$Samples.class")) {
      assertThat(in).isNotNull();
      checker.check(in.readAllBytes());
    }
    assertThat(checker.unguarded)
        .map(text -> text.substring(text.indexOf('.') + 1))
        .containsExactlyInAnyOrderElementsOf(
            List.of(
                "none calls nvmlShutdown",
                "anothersName calls nvmlShutdown",
                "afterTheBlock calls nvmlShutdown",
                "wrongBranch calls nvmlShutdown"));
  }

  /** Never run; only its byte code is read. */
  @SuppressWarnings("unused")
  static final class Samples {
    private final Symbols symbols = new Symbols(name -> true);

    int none() {
      return nvml.nvmlShutdown();
    }

    int anothersName() {
      return symbols.has("nvmlInit_v2") ? nvml.nvmlShutdown() : 0;
    }

    int afterTheBlock() {
      int code = 0;
      if (symbols.has("nvmlShutdown")) {
        code = 1;
      }
      return code + nvml.nvmlShutdown();
    }

    int wrongBranch() {
      return symbols.has("nvmlShutdown") ? 0 : nvml.nvmlShutdown();
    }

    int right() {
      return symbols.has("nvmlShutdown") ? nvml.nvmlShutdown() : 0;
    }

    int rightByEarlyReturn() {
      if (!symbols.has("nvmlShutdown")) {
        return 0;
      }
      return nvml.nvmlShutdown();
    }
  }
}
