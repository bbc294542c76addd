/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What adapters that are tested without the agent have told of, in this JVM. */
public final class AdapterTelemetry {
  private static final InMemorySpanExporter exporter = InMemorySpanExporter.create();

  private static volatile boolean scopesFail;

  static {
    ContextStorage.addWrapper(FailingStorage::new);
    GlobalOpenTelemetry.set(
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                    .build())
            .build());
  }

  /** Forgets what was told so far. */
  public static void reset() {
    exporter.reset();
  }

  public static List<SpanData> spans() {
    return exporter.getFinishedSpanItems();
  }

  /** The value of {@code spanglass.stream.end}. */
  public static @Nullable String end(SpanData span) {
    return span.getAttributes().get(AttributeKey.stringKey("spanglass.stream.end"));
  }

  /** Whether closing a scope throws from now on, as with a context storage of an application's. */
  public static void failScopes(boolean fail) {
    scopesFail = fail;
  }

  private static final class FailingStorage implements ContextStorage {
    private final ContextStorage storage;

    FailingStorage(ContextStorage storage) {
      this.storage = storage;
    }

    @Override
    public Scope attach(Context context) {
      Scope scope = storage.attach(context);
      return () -> {
        scope.close();
        if (scopesFail) {
          throw new IllegalStateException("scope");
        }
      };
    }

    @Override
    public @Nullable Context current() {
      return storage.current();
    }
  }

  private AdapterTelemetry() {}
}
