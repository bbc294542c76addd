/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The start of the extension in a process, once: the first module that the agent asks brings it
 * about. Nothing here may throw into the agent, which other instrumentations depend on.
 */
public final class SpanglassAgent {
  private static final Logger logger = Logger.getLogger("io.spanglass.genai");

  /** Read by name: the class that knows all keys is in the boot jar. */
  private static final String ENABLED = "otel.instrumentation.spanglass.enabled";

  private static final String DEFAULT_ENABLED = "otel.instrumentation.common.default-enabled";

  private enum State {
    /** Not asked for yet, or by no module that is in use. */
    IDLE,
    RUNNING,
    FAILED
  }

  private static State state = State.IDLE;
  private static boolean asked;
  private static @Nullable SelfCheck selfCheck;
  private static final Set<String> modules = new TreeSet<>();
  private static final Map<String, String> disabled = new TreeMap<>();
  private static final List<String> notes = new ArrayList<>();
  private static String configuration = "";
  private static AgentSettings settings = new AgentSettings(null);

  private SpanglassAgent() {}

  /**
   * Starts the extension if a module of ours is to be used, before the agent asks that module.
   *
   * @param names those of the module, its own first
   * @return whether the module may be used
   */
  public static synchronized boolean start(
      @Nullable ConfigProperties agentConfig, Collection<String> names) {
    return start(
        agentConfig, names, ModuleSwitches.isDefaultEnabled(new AgentSettings(agentConfig)));
  }

  /** Adds to what is said of this process at the start. */
  public static synchronized void note(String note) {
    notes.add(note);
  }

  /** A property by its name, as the agent has it; null where it is not set. */
  public static synchronized @Nullable String setting(String key) {
    return settings.get(key);
  }

  /** Whether somebody asks for a module by one of its names. */
  public static synchronized boolean isNamedAsEnabled(String... names) {
    return Boolean.TRUE.equals(ModuleSwitches.named(settings, names));
  }

  /**
   * Starts the extension if this is the first module that is to be used.
   *
   * @param names those of the module, its own first
   * @param byDefault whether instrumentations are in use where nothing is said
   * @return whether the module may be used
   */
  static synchronized boolean start(
      @Nullable ConfigProperties agentConfig, Collection<String> names, boolean byDefault) {
    String name = name(names);
    try {
      settings = new AgentSettings(agentConfig);
      if (!asked) {
        asked = true;
        selfCheck = SelfCheck.from(settings);
      }
      String why = whyDisabled(settings, names, byDefault);
      if (why != null) {
        disabled.put(name, why);
        return false;
      }
      if (state == State.IDLE) {
        state = install(settings) ? State.RUNNING : State.FAILED;
      }
    } catch (Throwable t) {
      fail(t);
    }
    return state == State.RUNNING;
  }

  /**
   * As the agent will decide it, by the first name that is set, but for the master switch, which
   * wins over all. The boot jar is not for a process in which nothing of ours is used.
   *
   * @return null if the module is to be used
   */
  private static @Nullable String whyDisabled(
      AgentSettings settings, Collection<String> names, boolean byDefault) {
    String master = settings.get(ENABLED);
    if (master != null && master.trim().equalsIgnoreCase("false")) {
      return ENABLED + "=false";
    }
    for (String name : names) {
      String key = "otel.instrumentation." + name + ".enabled";
      String value = settings.get(key);
      if (value != null) {
        return value.trim().equalsIgnoreCase("true") ? null : key + "=" + value.trim();
      }
    }
    Boolean inFile = ModuleSwitches.named(settings, names.toArray(new String[0]));
    if (inFile != null) {
      return inFile ? null : name(names) + " in the agent's configuration file";
    }
    return byDefault ? null : DEFAULT_ENABLED + "=false";
  }

  private static String name(Collection<String> names) {
    return names.iterator().next();
  }

  /**
   * A module is in use.
   *
   * @return what is to be instrumented for it: nothing without the classes that it needs
   */
  static synchronized List<TypeInstrumentation> onModuleUsed(
      InstrumentationModule module, List<TypeInstrumentation> instrumentations) {
    if (state == State.FAILED || disabled.containsKey(module.instrumentationName())) {
      return List.of();
    }
    modules.add(module.instrumentationName());
    return selfCheck == null ? instrumentations : selfCheck.watch(module, instrumentations);
  }

  /** Whether a module is in use and has the classes that it needs. */
  static synchronized boolean isRunning() {
    return state == State.RUNNING;
  }

  /** Whether this is a process in which nothing of ours is in use; the build is none. */
  static synchronized boolean isOff() {
    return asked && state != State.RUNNING;
  }

  /** Modules that are not in use, each with the reason. */
  static synchronized Map<String, String> disabledModules() {
    return new TreeMap<>(disabled);
  }

  /** The agent has started: says what is in force. */
  static void onStarted() {
    logger.info(describe());
    SelfCheck check;
    synchronized (SpanglassAgent.class) {
      check = selfCheck;
    }
    if (check != null) {
      check.schedule();
    }
  }

  private static boolean install(AgentSettings settings) {
    try {
      String where = BootJar.install(settings);
      if (where != null) {
        notes.add(where);
      }
      configuration = WireCore.configure(settings);
      return true;
    } catch (Throwable t) {
      fail(t);
      return false;
    }
  }

  private static void fail(Throwable t) {
    state = State.FAILED;
    logger.log(
        Level.WARNING,
        "Spanglass is off in this process: it could not be installed ({0})",
        t.toString());
  }

  /** One line for the log, about what is in force. */
  static synchronized String describe() {
    if (state == State.FAILED) {
      return "Spanglass is off: it could not be installed";
    }
    if (modules.isEmpty()) {
      return "Spanglass is off: "
          + (disabled.isEmpty()
              ? "the agent asked for no module of it"
              : String.join(", ", new TreeSet<>(disabled.values())));
    }
    return "Spanglass "
        + WireCore.version()
        + " observes model calls of "
        + modules
        + "; "
        + configuration
        + (notes.isEmpty() ? "" : "; " + String.join("; ", notes));
  }
}
