/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the scripts take what is typed wrongly. */
class ScriptsTest {

  @TempDir Path empty;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "e2e no-such-stage",
        "e2e --no-such-option",
        "e2e --server-ttft-ms",
        "e2e --server-ttft-ms soon",
        "validate --no-such-option",
        "stack",
        "stack no-such-command",
        "run-local",
        "run-local no-such-command",
        "run-local --no-such-option up",
        "run-local --dir",
        "tools/build",
        "tools/build no-such-tool",
        "tools/build --no-such-option"
      })
  void wrongUsageIsTwo(String command) throws Exception {
    Answer answer = run(command);
    assertThat(answer.exit).as(answer.output).isEqualTo(2);
    assertThat(answer.output).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"e2e", "validate", "stack", "run-local", "tools/build"})
  void helpIsNoFailure(String script) throws Exception {
    Answer answer = run(script + " --help");
    assertThat(answer.exit).isEqualTo(0);
    assertThat(answer.output).startsWith("Usage: collector-config/" + script);
  }

  @Test
  void whatIsNotThereIsOne() throws Exception {
    Answer answer = run("run-local --dir " + empty + " status");
    assertThat(answer.exit).as(answer.output).isEqualTo(1);
  }

  /** A stage is known to the script, in its order, and told by its help. */
  @Test
  void theScriptKnowsTheStages() throws Exception {
    Path source = Shipped.ROOT.resolve("src/main/java/io/spanglass/pipeline/e2e/Stages.java");
    List<String> stages = new ArrayList<>();
    Matcher stage = Pattern.compile("new Stage\\(\"([a-z-]+)\"").matcher(Files.readString(source));
    while (stage.find()) {
      stages.add(stage.group(1));
    }
    Matcher list =
        Pattern.compile("(?s)\\nstages=\\((.*?)\\)").matcher(Files.readString(script("e2e")));
    assertThat(list.find()).isTrue();
    List<String> known = Arrays.asList(list.group(1).trim().split("\\s+"));
    assertThat(known).hasSizeGreaterThan(10).containsExactlyInAnyOrderElementsOf(stages);
    String help = run("e2e --help").output;
    assertThat(stages).allMatch(name -> help.contains(name), "is in the help");
  }

  private record Answer(int exit, String output) {}

  private static Path script(String name) {
    return Shipped.ROOT.resolve(name);
  }

  private static Answer run(String command) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.set(0, script(words.get(0)).toString());
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(process.waitFor(), output);
  }
}
