/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import com.google.auto.service.AutoService;
import io.opentelemetry.javaagent.extension.ignore.IgnoredTypesBuilder;
import io.opentelemetry.javaagent.extension.ignore.IgnoredTypesConfigurer;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.spanglass.call.JvmExit;
import java.util.List;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * Ends the calls that are under way when the JVM ends, before the shutdown hooks: the JVM starts
 * all hooks at once, and one of them is the SDK's, which exports for the last time. Belongs to all
 * modules: it is in use where one of them is.
 */
@AutoService(InstrumentationModule.class)
public final class JvmExitModule extends InstrumentationModule {
  private static final String HOOKS = "java.lang.ApplicationShutdownHooks";

  public JvmExitModule() {
    super("spanglass-jvm-exit", "spanglass");
  }

  /** After all others of ours, which decide whether we are in this process. */
  @Override
  public int order() {
    return Integer.MAX_VALUE;
  }

  /** Inlined always: the class is the JDK's, and little works while the JVM ends. */
  @Override
  public boolean isIndyModule() {
    return false;
  }

  /** Deprecated in favour of one that knows no configuration; every 2.x agent calls this one. */
  @Override
  @SuppressWarnings("deprecation")
  public boolean defaultEnabled(ConfigProperties config) {
    return SpanglassAgent.isRunning();
  }

  /** The build asks, too. */
  @Override
  public List<TypeInstrumentation> typeInstrumentations() {
    return SpanglassAgent.isOff() ? List.of() : List.of(new HooksInstrumentation());
  }

  /** The agent leaves the JDK's classes out but for those that somebody names. */
  @AutoService(IgnoredTypesConfigurer.class)
  public static final class Allowed implements IgnoredTypesConfigurer {
    @Override
    @SuppressWarnings("deprecation") // As above.
    public void configure(IgnoredTypesBuilder builder, ConfigProperties config) {
      builder.allowClass(HOOKS);
    }
  }

  private static final class HooksInstrumentation implements TypeInstrumentation {
    @Override
    public ElementMatcher<TypeDescription> typeMatcher() {
      return named(HOOKS);
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          named("runHooks").and(isStatic()).and(takesNoArguments()),
          JvmExitModule.class.getName() + "$RunHooksAdvice");
    }
  }

  /** Inlined into a class of the boot loader, so it names classes of that only. */
  @SuppressWarnings("unused")
  public static final class RunHooksAdvice {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void onEnter() {
      JvmExit.begin();
    }

    private RunHooksAdvice() {}
  }
}
