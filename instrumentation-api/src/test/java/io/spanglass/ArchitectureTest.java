/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.spanglass.telemetry.GenAiTelemetry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which package may use which: data flows one way, and the core knows no client and no agent. */
class ArchitectureTest {
  private static final String ROOT = "io.spanglass.";

  /** What each package may use besides itself, the JDK's base and the annotations. */
  private static final Map<String, List<String>> USES =
      Map.of(
          "wire.bytes", List.of(),
          "wire.json", List.of("wire.bytes"),
          "wire.frame", List.of("wire.bytes"),
          "wire", List.of(),
          "wire.decode", List.of("wire", "wire.bytes", "wire.frame", "wire.json"),
          "wire.call", List.of("wire.decode"),
          "config", List.of(),
          "telemetry", List.of("config", "wire.decode", "wire.call"),
          "call", List.of("config", "telemetry", "wire", "wire.decode", "wire.call"));

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .importUrl(GenAiTelemetry.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void everyPackageHasItsPlace() {
    Map<String, Integer> sizes = new TreeMap<>();
    CORE.forEach(
        type -> sizes.merge(type.getPackageName().substring(ROOT.length()), 1, Integer::sum));
    assertThat(sizes.keySet()).isEqualTo(USES.keySet());
  }

  @Test
  void packagesUseOneAnotherOneWay() {
    USES.forEach(
        (name, used) -> {
          List<String> allowed = new ArrayList<>(List.of(ROOT + name, "java..", "org.jspecify.."));
          used.forEach(other -> allowed.add(ROOT + other));
          if (!name.startsWith("wire") && !name.equals("config")) {
            allowed.add("io.opentelemetry.api..");
            allowed.add("io.opentelemetry.context..");
          }
          classes()
              .that()
              .resideInAPackage(ROOT + name)
              .should()
              .onlyDependOnClassesThat()
              .resideInAnyPackage(withArrays(allowed))
              .check(CORE);
        });
  }

  /** Arrays of primitives are in no package. */
  private static String[] withArrays(List<String> packages) {
    List<String> all = new ArrayList<>(packages);
    all.add("");
    return all.toArray(new String[0]);
  }

  @Test
  void thereAreNoCycles() {
    SlicesRuleDefinition.slices()
        .matching("io.spanglass.(**)")
        .should()
        .beFreeOfCycles()
        .check(CORE);
  }

  @Test
  void theCoreKnowsNoClientAndNoAgent() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.net.http..",
            "java.sql..",
            "java.lang.instrument..",
            "javax..",
            "com..",
            "okhttp3..",
            "reactor..",
            "io.netty..",
            "net.bytebuddy..",
            "org.apache..",
            "org.springframework..",
            "org.slf4j..",
            "io.opentelemetry.sdk..",
            "io.opentelemetry.exporter..",
            "io.opentelemetry.instrumentation..",
            "io.opentelemetry.javaagent..")
        .check(CORE);
  }

  @Test
  void theRulesAreNotEmpty() {
    assertThat(CORE.size()).isGreaterThan(40);
    assertThat(
            Arrays.stream(new String[] {"wire.json", "call"})
                .filter(name -> CORE.containPackage(ROOT + name))
                .collect(Collectors.toList()))
        .hasSize(2);
  }
}
