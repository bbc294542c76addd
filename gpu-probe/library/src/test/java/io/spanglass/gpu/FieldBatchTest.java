/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.gpu.Options.Extra;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FieldBatchTest {

  @Test
  void everythingThatMayBeAskedFitsAndIsFoundAgain() {
    for (int cuda : new int[] {0, 12080, 12090, 13010}) {
      DeviceState device = new DeviceState("GPU-0");
      device.cudaVersion = cuda;
      GpuReader.prepareFields(device, EnumSet.allOf(Extra.class));
      FieldBatch batch = device.fields;
      Set<Long> asked = new HashSet<>();
      for (int i = 0; i < batch.size(); i++) {
        assertThat(asked.add(batch.id(i) * 1000L + batch.scope(i)))
            .as("field %s of %s is asked for once", batch.id(i), batch.scope(i))
            .isTrue();
        batch.answer(i, NvmlReturn.SUCCESS, i);
      }
      for (int i = 0; i < batch.size(); i++) {
        assertThat(batch.find(batch.id(i), batch.scope(i))).isEqualTo(i);
      }
      assertThat(batch.find(161, GpuReader.MAX_LINKS - 1)).as("the last link").isNotNegative();
    }
  }
}
