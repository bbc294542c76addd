/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.testing.AgentJvm;
import io.spanglass.testing.AgentJvm.Mode;
import io.spanglass.testing.OtlpReceiver;
import io.spanglass.testing.contract.FaultMode;
import io.spanglass.testing.workload.Differential;
import io.spanglass.testing.workload.Differential.Observation;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The application and the servers see the same with the extension as with the official agent alone,
 * also when everything in the wire core fails.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DifferentialIT {

  private static final long SEED = 20261122;
  private static final int GENERATED = 300;

  @TempDir private Path directory;

  private Differential differential;
  private OtlpReceiver receiver;
  private Map<String, Observation> agentAlone;

  @BeforeAll
  void runWithTheAgentAlone() throws Exception {
    differential = new Differential(SEED, GENERATED);
    receiver = OtlpReceiver.start();
    agentAlone = differential.run(jvm -> jvm.exportTo(receiver));
    assertThat(receiver.spans(Extension.SCOPE)).isEmpty();
  }

  @AfterAll
  void stop() throws Exception {
    differential.close();
    receiver.close();
  }

  private Map<String, Observation> run(Consumer<AgentJvm.Builder> settings) throws Exception {
    receiver.reset();
    return differential.run(
        jvm -> {
          jvm.exportTo(receiver);
          settings.accept(jvm);
        });
  }

  /** Compared with the agent as most people run it, however the advice is called. */
  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"CLASSIC", "INDY"})
  void theApplicationNoticesNothing(Mode mode) throws Exception {
    Map<String, Observation> observed = run(jvm -> jvm.mode(mode).extension(Extension.jar()));

    // It applied, and to most of them.
    assertThat(receiver.spans(Extension.SCOPE)).hasSizeGreaterThan(differential.size() / 2);
    assertThat(receiver.latestMetrics("spanglass.internal.errors"))
        .as(differential.output())
        .isEmpty();
    assertThat(Differential.differences(agentAlone, observed, Differential::same)).isEmpty();
    int before = Differential.executorTasks(agentAlone);
    int after = Differential.executorTasks(observed);
    System.out.printf(
        "%s: %d exchanges compared, none differs; tasks on the application's executor: %d with the"
            + " agent alone, %d with the extension%n",
        mode, differential.size(), before, after);
    assertThat(after).isLessThan(before + before / 5);
  }

  @ParameterizedTest
  @CsvSource({"door,1,exception", "door,3,error", "inside,7,exception"})
  void theApplicationNoticesNoFault(String where, int every, String kind) throws Exception {
    Path faulty = FaultyExtension.create(Extension.jar(), directory);
    Map<String, Observation> observed =
        run(
            jvm ->
                jvm.extension(faulty)
                    .property(FaultMode.WHERE, where)
                    .property(FaultMode.EVERY, Integer.toString(every))
                    .property(FaultMode.KIND, kind));

    // Each leaves the rest of its call unobserved, so that there are fewer than calls.
    assertThat(InjectedFault.reported(differential.output())).isGreaterThan(50);
    assertThat(Differential.differences(agentAlone, observed, Differential::same)).isEmpty();
  }
}
