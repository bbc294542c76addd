/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandLineTest {
  private static final AttributeKey<String> NODE = AttributeKey.stringKey("k8s.node.name");
  private static final AttributeKey<String> INSTANCE =
      AttributeKey.stringKey("service.instance.id");
  private static final AttributeKey<String> HOST = AttributeKey.stringKey("host.name");

  private static CommandLine parse(String... args) {
    return CommandLine.parse(args);
  }

  @Test
  void exportsUnlessToldOtherwise() {
    assertThat(parse().mode()).isEqualTo(CommandLine.Mode.EXPORT);
    assertThat(parse().demo()).isNull();
    assertThat(parse().interval()).isNull();
  }

  @Test
  void options() {
    CommandLine line =
        parse("--once", "--all", "--demo=b200", "--interval=500", "--extras=pci,serial");
    assertThat(line.mode()).isEqualTo(CommandLine.Mode.ONCE);
    assertThat(line.all()).isTrue();
    assertThat(line.demo()).isEqualTo("b200");
    assertThat(line.interval()).isEqualTo(Duration.ofMillis(500));
    assertThat(line.extras()).containsExactly("pci", "serial");
    assertThat(parse("--demo").demo()).isEqualTo("mixed");
  }

  @Test
  void mistakesAreExplained() {
    assertThatThrownBy(() -> parse("--onse")).hasMessage("unknown option --onse");
    assertThatThrownBy(() -> parse("--library")).hasMessageContaining("--library needs a value");
    assertThatThrownBy(() -> parse("--interval=fast"))
        .hasMessageContaining("must be a number of milliseconds, not \"fast\"");
  }

  @Test
  void theNodeNameOfTheDownwardApiBecomesAResourceAttribute() {
    Resource resource =
        Main.describeHost(
            Resource.empty(), Map.of("K8S_NODE_NAME", "node-7", "KUBERNETES_SERVICE_HOST", "x"));
    assertThat(resource.getAttribute(NODE)).isEqualTo("node-7");
    assertThat(resource.getAttribute(HOST)).as("in a pod that is the pod's").isNull();
    assertThat(resource.getAttribute(INSTANCE)).isEqualTo("node-7");
  }

  @Test
  void nodesOfSeveralClustersAreSeveralInstances() {
    Resource cluster =
        Resource.create(Attributes.of(AttributeKey.stringKey("k8s.cluster.name"), "west"));
    Resource resource = Main.describeHost(cluster, Map.of("K8S_NODE_NAME", "node-7"));
    assertThat(resource.getAttribute(INSTANCE)).isEqualTo("west/node-7");
  }

  @Test
  void aProbeThatKnowsNoNameIsStillAnInstanceOfItsOwn() {
    Map<String, String> pod = Map.of("KUBERNETES_SERVICE_HOST", "x");
    String one = Main.describeHost(Resource.empty(), pod).getAttribute(INSTANCE);
    String other = Main.describeHost(Resource.empty(), pod).getAttribute(INSTANCE);
    assertThat(one).isNotNull().isNotEqualTo(other);
  }

  @Test
  void whatTheUserSaidStands() {
    Resource said =
        Resource.create(Attributes.of(NODE, "mine", HOST, "my-host", INSTANCE, "my-instance"));
    Resource resource = Main.describeHost(said, Map.of("K8S_NODE_NAME", "node-7"));
    assertThat(resource.getAttribute(NODE)).isEqualTo("mine");
    assertThat(resource.getAttribute(HOST)).isEqualTo("my-host");
    assertThat(resource.getAttribute(INSTANCE)).isEqualTo("my-instance");
  }
}
