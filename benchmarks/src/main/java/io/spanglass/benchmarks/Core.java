/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.spanglass.call.ModelCalls;
import io.spanglass.config.GenAiConfig;
import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import org.jspecify.annotations.Nullable;

/** The core on an SDK that records spans and metrics and exports nothing, and what it is told. */
final class Core {
  private Core() {}

  static ModelCalls newModelCalls() {
    return new ModelCalls(
        OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder().build())
            // Without a reader the SDK's instruments would do nothing.
            .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(new Reader()).build())
            .build(),
        GenAiConfig.defaults());
  }

  static RequestHead request(Sample sample) {
    return new RequestHead() {
      @Override
      public String method() {
        return "POST";
      }

      @Override
      public String scheme() {
        return "https";
      }

      @Override
      public String host() {
        return "api.openai.com";
      }

      @Override
      public int port() {
        return -1;
      }

      @Override
      public String rawPath() {
        return sample.path();
      }

      @Override
      public @Nullable String rawQuery() {
        return null;
      }

      @Override
      public @Nullable String header(String name) {
        return null;
      }
    };
  }

  static ResponseHead response(String contentType) {
    return new ResponseHead() {
      @Override
      public int status() {
        return 200;
      }

      @Override
      public @Nullable String header(String name) {
        return name.equalsIgnoreCase("Content-Type") ? contentType : null;
      }
    };
  }

  private static final class Reader implements MetricReader {
    @Override
    public void register(CollectionRegistration registration) {}

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType type) {
      return AggregationTemporality.CUMULATIVE;
    }

    @Override
    public CompletableResultCode forceFlush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
