/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu.javaagent;

import com.google.auto.service.AutoService;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ResourceProvider;
import io.opentelemetry.sdk.resources.Resource;
import java.nio.file.Paths;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Adds {@code nvidia.gpu.ids} to the service's resource: the {@code hw.id}s of its own GPUs, so
 * that its spans and the GPUs' series can be brought together.
 */
@AutoService(ResourceProvider.class)
public final class OwnGpusResourceProvider implements ResourceProvider {
  private static final Logger logger = Logger.getLogger(OwnGpusResourceProvider.class.getName());
  private static final AttributeKey<List<String>> IDS =
      AttributeKey.stringArrayKey("nvidia.gpu.ids");

  @Override
  public Resource createResource(ConfigProperties config) {
    try {
      if (!GpuAgentListener.wanted(config)) {
        return Resource.empty();
      }
      List<String> ids =
          OwnGpus.find(
              System.getenv("NVIDIA_VISIBLE_DEVICES"),
              Paths.get("/proc/driver/nvidia/gpus"),
              Paths.get("/dev"));
      return ids.isEmpty() ? Resource.empty() : Resource.create(Attributes.of(IDS, ids));
    } catch (RuntimeException | LinkageError e) {
      logger.log(Level.FINE, "the service's own GPUs are not known", e);
      return Resource.empty();
    }
  }
}
