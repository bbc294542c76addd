/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.spanglass.telemetry.GenAiTelemetry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which package may use which: data flows one way, and the core knows no client and no agent. */
class ArchitectureTest {
  private static final String ROOT = "io.spanglass.";
  private static final String OUTLET = "io.spanglass.telemetry.Outlet";

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
          "redaction", List.of(),
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
          if (name.equals("redaction")) {
            allowed.add("javax.crypto..");
          } else if (!name.startsWith("wire") && !name.equals("config")) {
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
        .that()
        .resideOutsideOfPackage(ROOT + "redaction")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("javax..")
        .check(CORE);
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.net.http..",
            "java.sql..",
            "java.lang.instrument..",
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

  /** What is emitted is guarded, bounded and, one day, redacted in one place. */
  @Test
  void everythingThatIsEmittedPassesOneOutlet() {
    DescribedPredicate<JavaAccess<?>> emits =
        DescribedPredicate.describe("emits", ArchitectureTest::emits);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(OUTLET)
        .should()
        .accessTargetWhere(emits)
        .check(CORE);
    // The predicate knows what it looks for.
    assertThat(
            CORE.get(OUTLET).getAccessesFromSelf().stream()
                .filter(ArchitectureTest::emits)
                .map(JavaAccess::getName)
                .collect(Collectors.toSet()))
        .contains("setAttribute", "put", "setStatus", "updateName", "log", "build");
  }

  private static boolean emits(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String method = access.getName();
    if (owner.isAssignableTo(AttributesBuilder.class) || owner.isAssignableTo(Attributes.class)) {
      return !method.equals("forEach") && !method.equals("get");
    }
    if (owner.getPackageName().startsWith("io.opentelemetry.api.logs")) {
      return true;
    }
    if (owner.isAssignableTo(Logger.class) || owner.isAssignableTo(System.Logger.class)) {
      return !method.equals("getLogger");
    }
    return (owner.isAssignableTo(Span.class) || owner.isAssignableTo(SpanBuilder.class))
        && (method.startsWith("set")
            || method.startsWith("add")
            || method.startsWith("record")
            || method.equals("updateName"))
        && !method.equals("setParent")
        && !method.equals("setSpanKind");
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
