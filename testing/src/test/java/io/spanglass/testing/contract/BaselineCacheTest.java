/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.contract.Baseline.Seen;
import io.spanglass.testing.contract.ContractScenario.Tier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaselineCacheTest {

  private static final Baseline BASELINE =
      new Baseline(
          Map.of(
              "c0",
              new Seen(
                  List.of("head: 200", "body: a\\nb", ""),
                  List.of("POST /c0", "body 3 bytes \"x\r\ny\\\"")),
              "c1",
              new Seen(List.of(), List.of())),
          Map.of(Feature.PUSH, "Bodies are read by your code."),
          Map.of("c0", Map.of("io.opentelemetry.okhttp-3.0", 2), "c1", Map.of()));

  @TempDir private Path directory;

  @Test
  void givesBackWhatItKeeps() {
    BaselineCache cache = new BaselineCache(directory.resolve("new"));
    assertThat(cache.read("key")).isNull();
    cache.write("key", BASELINE);
    assertThat(cache.read("key")).isEqualTo(BASELINE);
    assertThat(cache.read("other")).isNull();
    assertThat(Objects.requireNonNull(cache.read("key")).spans("c0", "io.opentelemetry.okhttp-3.0"))
        .isEqualTo(2);
  }

  @Test
  void forgets() throws Exception {
    BaselineCache cache = new BaselineCache(directory);
    cache.write("key", BASELINE);
    cache.forget("key");
    assertThat(cache.read("key")).isNull();
  }

  @Test
  void takesNoDamagedFile() throws Exception {
    BaselineCache cache = new BaselineCache(directory);
    cache.write("key", BASELINE);
    Path file = directory.resolve("key.txt");
    byte[] whole = Files.readAllBytes(file);
    // The end of the last line does not matter.
    for (int length = 0; length < whole.length - 1; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(cache.read("key")).as("cut at %d", length).isNull();
    }
    for (int i = 0; i < whole.length - 1; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 1;
      Files.write(file, damaged);
      assertThat(cache.read("key")).as("damaged at %d", i).isNull();
    }
    Files.write(file, whole);
    Files.copy(file, directory.resolve("other.txt"));
    assertThat(cache.read("other")).as("under another key").isNull();
  }

  @Test
  void anythingThatDecidesItMakesAnotherKey() throws Exception {
    Path classes = Files.createDirectories(directory.resolve("classes").resolve("p"));
    Path type = Files.writeString(classes.resolve("A.class"), "one");
    List<Path> files = List.of(directory.resolve("classes"));
    String key = BaselineCache.key(List.of("a", "b"), files);

    assertThat(BaselineCache.key(List.of("a", "b"), files)).isEqualTo(key);
    assertThat(BaselineCache.key(List.of("ab", ""), files)).isNotEqualTo(key);
    Files.write(type, "two".getBytes(StandardCharsets.UTF_8));
    assertThat(BaselineCache.key(List.of("a", "b"), files)).isNotEqualTo(key);
    Files.writeString(type, "one");
    Files.move(type, classes.resolve("B.class"));
    assertThat(BaselineCache.key(List.of("a", "b"), files)).isNotEqualTo(key);
  }

  @Test
  void aPlanIsTheSameOnTheOtherSide() {
    for (Set<String> only : List.of(Set.<String>of(), Set.of("c1", "c23"))) {
      Plan plan = new Plan(20261122, 120, Tier.ENDINGS, only, 1000, 2, true);
      String[] arguments = plan.toArguments().toArray(String[]::new);
      assertThat(arguments).hasSize(Plan.ARGUMENTS);
      assertThat(Plan.fromArguments(arguments, 0)).isEqualTo(plan);
    }
  }
}
