/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import org.junit.jupiter.api.Test;

class MetricSpecTest {
  private static final Attributes CALL =
      Attributes.builder()
          .put(SemconvProfile.V1_41.operationName, "chat")
          .put(SemconvProfile.V1_41.serverPort, 443L)
          .put(SemconvProfile.V1_41.errorType, "500")
          .put(SemconvProfile.V1_41.responseId, "chatcmpl-1")
          .put(SemconvProfile.V1_41.tokenType, "other")
          .build();

  @Test
  void aPointCarriesWhatItsMetricMayCarry() {
    assertThat(SemconvProfile.V1_41.operationDuration.get(0).select(CALL))
        .isEqualTo(
            Attributes.of(
                SemconvProfile.V1_41.operationName, "chat",
                SemconvProfile.V1_41.serverPort, 443L,
                SemconvProfile.V1_41.errorType, "500"));
  }

  @Test
  void aPointHasTheFixedAttributesWhateverTheCallSays() {
    assertThat(SemconvProfile.V1_41.inputTokens.get(0).select(CALL))
        .isEqualTo(
            Attributes.of(
                SemconvProfile.V1_41.operationName,
                "chat",
                SemconvProfile.V1_41.serverPort,
                443L,
                SemconvProfile.V1_41.tokenType,
                "input"));
  }

  @Test
  void anAttributeOfTheSameNameAndAnotherTypeIsLeftOut() {
    Attributes call = Attributes.of(AttributeKey.stringKey("server.port"), "443");

    assertThat(SemconvProfile.V1_41.operationDuration.get(0).select(call).isEmpty()).isTrue();
  }
}
