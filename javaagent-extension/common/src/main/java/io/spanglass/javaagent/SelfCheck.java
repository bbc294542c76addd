/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.javaagent.bootstrap.InstrumentationHolder;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import io.opentelemetry.javaagent.tooling.muzzle.Mismatch;
import io.opentelemetry.javaagent.tooling.muzzle.ReferenceMatcher;
import java.lang.instrument.Instrumentation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * On request: what was hooked, what was not and why, in the log, some time after the start and when
 * the JVM ends. Names classes, class loaders, settings of ours and versions; nothing of a call.
 *
 * <p>The agent itself tells this only with debug logging, which nobody can leave on in production.
 */
final class SelfCheck {
  static final String KEY = "otel.instrumentation.genai.self-check";

  private static final Logger logger = Logger.getLogger("io.spanglass.genai");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(ms|s|m|h)?");
  private static final long DEFAULT_MILLIS = 30_000;
  private static final int MAX_LINES = 50;
  private static final int MAX_MISMATCHES = 5;

  /** How the agent was told to work. */
  private static final List<String> AGENT_KEYS =
      List.of(
          "otel.javaagent.experimental.indy",
          "otel.instrumentation.common.v3-preview",
          "otel.config.file",
          "otel.experimental.config.file",
          "otel.instrumentation.common.default-enabled",
          "otel.javaagent.enabled",
          "otel.sdk.disabled");

  private final long afterMillis;
  private final AgentSettings settings;
  private final Map<String, Hooks> modules = new ConcurrentHashMap<>();

  /** What one module has come across. */
  private static final class Hooks {
    final InstrumentationModule module;

    /** Names of types that it looks for and that were loaded. */
    final Set<String> met = ConcurrentHashMap.newKeySet();

    /** By type and class loader, the number of methods. */
    final Map<String, Integer> hooked = new ConcurrentHashMap<>();

    Hooks(InstrumentationModule module) {
      this.module = module;
    }
  }

  private SelfCheck(long afterMillis, AgentSettings settings) {
    this.afterMillis = afterMillis;
    this.settings = settings;
  }

  /** Null unless it is asked for. */
  static @Nullable SelfCheck from(AgentSettings settings) {
    String value = settings.get(KEY);
    if (value == null || value.isBlank() || value.trim().equalsIgnoreCase("false")) {
      return null;
    }
    long millis = millis(value.trim());
    if (millis < 0) {
      logger.warning(
          KEY + "=" + value + ": neither true, false nor a duration like 30s; using false");
      return null;
    }
    return new SelfCheck(millis, settings);
  }

  /** Returns -1 for what is no time. */
  private static long millis(String value) {
    if (value.equalsIgnoreCase("true")) {
      return DEFAULT_MILLIS;
    }
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      return -1;
    }
    long number = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2);
    if (unit == null || unit.equals("ms")) {
      return number;
    }
    return number * (unit.equals("s") ? 1_000 : unit.equals("m") ? 60_000 : 3_600_000);
  }

  /** The module's instrumentations, and we see what becomes of them. */
  List<TypeInstrumentation> watch(
      InstrumentationModule module, List<TypeInstrumentation> instrumentations) {
    Hooks hooks = modules.computeIfAbsent(module.instrumentationName(), name -> new Hooks(module));
    List<TypeInstrumentation> watched = new ArrayList<>();
    for (TypeInstrumentation instrumentation : instrumentations) {
      watched.add(new Watched(instrumentation, hooks));
    }
    return watched;
  }

  /** Reports when the time has come, and when the JVM ends. */
  void schedule() {
    Thread timer =
        new Thread(
            () -> {
              try {
                Thread.sleep(afterMillis);
                report("after " + afterMillis + " ms");
              } catch (InterruptedException e) {
                // Ends, as it was asked to.
              }
            },
            "spanglass-self-check");
    timer.setDaemon(true);
    timer.start();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> report("at the end"), "spanglass-self-check-end"));
  }

  private void report(String when) {
    try {
      logger.info("Spanglass self-check " + when + ":\n  " + String.join("\n  ", lines()));
    } catch (Throwable t) {
      logger.log(Level.WARNING, "Spanglass self-check failed: {0}", t.toString());
    }
  }

  private List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "agent "
            + agentVersion()
            + ", Java "
            + System.getProperty("java.version")
            + " ("
            + System.getProperty("java.vm.name")
            + ")");
    List<String> mode = new ArrayList<>();
    for (String key : AGENT_KEYS) {
      String value = settings.get(key);
      if (value != null) {
        mode.add(key + "=" + value);
      }
    }
    lines.add("agent's mode: " + (mode.isEmpty() ? "classic, nothing set" : mode));
    lines.add(SpanglassAgent.describe());
    SpanglassAgent.disabledModules()
        .forEach((module, why) -> lines.add("module " + module + ": off, " + why));
    Class<?>[] loaded = loadedClasses();
    modules.forEach((name, hooks) -> describe(name, hooks, loaded, lines));
    return lines;
  }

  private static void describe(String name, Hooks hooks, Class<?>[] loaded, List<String> lines) {
    List<String> found = new ArrayList<>();
    hooks.hooked.forEach(
        (type, methods) ->
            found.add(
                "  hooked " + type + ": " + methods + (methods == 1 ? " method" : " methods")));
    for (Class<?> type : loaded) {
      if (hooks.met.contains(type.getName())
          && !hooks.hooked.containsKey(key(type.getName(), type.getClassLoader()))) {
        found.add(
            "  not hooked "
                + key(type.getName(), type.getClassLoader())
                + ": "
                + whyNot(hooks.module, type.getClassLoader()));
      }
    }
    lines.add(
        "module "
            + name
            + ": on"
            + (found.isEmpty() ? ", but no class that it hooks was loaded by now" : ""));
    found.sort(null);
    lines.addAll(found.subList(0, Math.min(found.size(), MAX_LINES)));
    if (found.size() > MAX_LINES) {
      lines.add("  and " + (found.size() - MAX_LINES) + " more");
    }
  }

  private static Class<?>[] loadedClasses() {
    Instrumentation instrumentation = InstrumentationHolder.getInstrumentation();
    return instrumentation == null ? new Class<?>[0] : instrumentation.getAllLoadedClasses();
  }

  private static String whyNot(InstrumentationModule module, @Nullable ClassLoader loader) {
    if (loader == null) {
      return "it is in the boot loader";
    }
    try {
      List<String> mismatches = Muzzle.mismatches(module, loader);
      if (mismatches.isEmpty()) {
        return "all references match; it was loaded before the agent, or the agent leaves its class"
            + " loader or its name out";
      }
      return String.join("; ", mismatches.subList(0, Math.min(mismatches.size(), MAX_MISMATCHES)))
          + (mismatches.size() > MAX_MISMATCHES
              ? "; and " + (mismatches.size() - MAX_MISMATCHES) + " more"
              : "");
    } catch (LinkageError | RuntimeException e) {
      return "this agent does not say (" + e + ")";
    }
  }

  /** Linked with the agent's inside: apart, for agents that have it otherwise. */
  private static final class Muzzle {
    static List<String> mismatches(InstrumentationModule module, ClassLoader loader) {
      Set<String> mismatches = new TreeSet<>();
      for (Mismatch mismatch : ReferenceMatcher.of(module).getMismatchedReferenceSources(loader)) {
        mismatches.add(mismatch.toString());
      }
      if (!module.classLoaderMatcher().matches(loader)) {
        mismatches.add("the class loader has not the classes by which the library is recognized");
      }
      return new ArrayList<>(mismatches);
    }
  }

  private static String agentVersion() {
    try {
      Object version =
          Class.forName("io.opentelemetry.javaagent.tooling.AgentVersion")
              .getField("VERSION")
              .get(null);
      return String.valueOf(version);
    } catch (ReflectiveOperationException | LinkageError e) {
      return "of unknown version";
    }
  }

  private static String key(String type, @Nullable ClassLoader loader) {
    return type + " (" + describe(loader) + ")";
  }

  /** Not by toString(), in which a class loader may say anything. */
  private static String describe(@Nullable ClassLoader loader) {
    if (loader == null) {
      return "boot loader";
    }
    if (loader == ClassLoader.getPlatformClassLoader()) {
      return "platform loader";
    }
    if (loader == ClassLoader.getSystemClassLoader()) {
      return "application loader";
    }
    return loader.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(loader));
  }

  /** One instrumentation, with the agent's questions and what comes of them noted. */
  private static final class Watched implements TypeInstrumentation {
    private final TypeInstrumentation instrumentation;
    private final Hooks hooks;

    Watched(TypeInstrumentation instrumentation, Hooks hooks) {
      this.instrumentation = instrumentation;
      this.hooks = hooks;
    }

    @Override
    public ElementMatcher<ClassLoader> classLoaderOptimization() {
      return instrumentation.classLoaderOptimization();
    }

    @Override
    public ElementMatcher<TypeDescription> typeMatcher() {
      ElementMatcher<TypeDescription> matcher = instrumentation.typeMatcher();
      return new ElementMatcher.Junction.AbstractBase<TypeDescription>() {
        @Override
        public boolean matches(@Nullable TypeDescription type) {
          if (type == null || !matcher.matches(type)) {
            return false;
          }
          hooks.met.add(type.getName());
          return true;
        }
      };
    }

    @Override
    public void transform(TypeTransformer transformer) {
      Map<String, ElementMatcher<? super MethodDescription>> methods = new LinkedHashMap<>();
      instrumentation.transform(new Recorder(transformer, methods));
      // Called for a class only when its references matched.
      transformer.applyTransformer(
          (builder, type, loader, module, domain) -> {
            int count = 0;
            for (ElementMatcher<? super MethodDescription> matcher : methods.values()) {
              count += type.getDeclaredMethods().filter(matcher).size();
            }
            hooks.hooked.put(key(type.getName(), loader), count);
            return builder;
          });
    }
  }

  /** Hands on, and keeps which methods are meant. */
  private static final class Recorder implements TypeTransformer {
    private final TypeTransformer transformer;
    private final Map<String, ElementMatcher<? super MethodDescription>> methods;

    Recorder(
        TypeTransformer transformer,
        Map<String, ElementMatcher<? super MethodDescription>> methods) {
      this.transformer = transformer;
      this.methods = methods;
    }

    @Override
    public void applyAdviceToMethod(
        ElementMatcher<? super MethodDescription> matcher, String adviceClass) {
      methods.put(adviceClass, matcher);
      transformer.applyAdviceToMethod(matcher, adviceClass);
    }

    /** Agents before 2.24 do not have it. */
    @Override
    public void applyAdviceToMethod(
        ElementMatcher<? super MethodDescription> matcher,
        Function<Advice.WithCustomMapping, Advice.WithCustomMapping> customizer,
        String adviceClass) {
      methods.put(adviceClass, matcher);
      transformer.applyAdviceToMethod(matcher, customizer, adviceClass);
    }

    @Override
    public void applyTransformer(AgentBuilder.Transformer agentTransformer) {
      transformer.applyTransformer(agentTransformer);
    }
  }
}
