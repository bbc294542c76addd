/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import org.junit.jupiter.api.Test;

class MetricSpecTest {
  private static final Attributes CALL =
      Attributes.builder()
          .put("gen_ai.operation.name", "chat")
          .put("server.port", 443L)
          .put("error.type", "500")
          .put("gen_ai.response.id", "chatcmpl-1")
          .put("gen_ai.token.type", "other")
          .build();

  @Test
  void aPointCarriesWhatItsMetricMayCarry() {
    assertThat(Outlet.select(SemconvProfile.V1_41.operationDuration.get(0), CALL))
        .isEqualTo(
            Attributes.of(
                stringKey("gen_ai.operation.name"), "chat",
                longKey("server.port"), 443L,
                stringKey("error.type"), "500"));
  }

  @Test
  void aPointHasTheFixedAttributesWhateverTheCallSays() {
    assertThat(Outlet.select(SemconvProfile.V1_41.inputTokens.get(0), CALL))
        .isEqualTo(
            Attributes.of(
                stringKey("gen_ai.operation.name"),
                "chat",
                longKey("server.port"),
                443L,
                stringKey("gen_ai.token.type"),
                "input"));
  }

  @Test
  void anAttributeOfTheSameNameAndAnotherTypeIsLeftOut() {
    Attributes call = Attributes.of(stringKey("server.port"), "443");

    assertThat(Outlet.select(SemconvProfile.V1_41.operationDuration.get(0), call).isEmpty())
        .isTrue();
  }
}
