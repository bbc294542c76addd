/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
  private static final String ENABLED = "otel.instrumentation.spanglass.enabled";

  private static boolean started;
  private static boolean enabled;
  private static final Set<String> modules = new TreeSet<>();
  private static String configuration = "";
  private static AgentSettings settings = new AgentSettings(null);
  private static final List<String> notes = new ArrayList<>();

  private SpanglassAgent() {}

  /** Starts the extension if this is the first call. Returns whether it is in force. */
  public static synchronized boolean start(@Nullable ConfigProperties agentConfig) {
    if (!started) {
      started = true;
      settings = new AgentSettings(agentConfig);
      enabled = install(settings);
    }
    return enabled;
  }

  static synchronized void onModuleUsed(String module) {
    modules.add(module);
  }

  /** Adds to what is said of this process at the start. */
  public static synchronized void note(String note) {
    notes.add(note);
  }

  /** A property by its name, as the agent has it; null where it is not set. */
  public static synchronized @Nullable String setting(String key) {
    return settings.get(key);
  }

  /** Whether a module is in use, by the rule of the agent: the first name that is set decides. */
  public static boolean isModuleEnabled(String... names) {
    Boolean named = ModuleSwitches.named(settings, names);
    return named != null ? named : ModuleSwitches.isDefaultEnabled(settings);
  }

  /** Whether somebody asks for a module by one of its names. */
  public static boolean isNamedAsEnabled(String... names) {
    return Boolean.TRUE.equals(ModuleSwitches.named(settings, names));
  }

  private static boolean install(AgentSettings settings) {
    try {
      // Read by name here and not by the class that knows all keys: it is in the boot jar, which a
      // process that has us switched off should not get.
      String value = settings.get(ENABLED);
      if (value != null && value.trim().equalsIgnoreCase("false")) {
        return false;
      }
      BootJar.install();
      configuration = WireCore.configure(settings);
      return true;
    } catch (Throwable t) {
      logger.log(
          Level.WARNING,
          "Spanglass is off in this process: it could not be installed ({0})",
          t.toString());
      return false;
    }
  }

  /** One line for the log, about what is in force. */
  static synchronized String describe() {
    return enabled
        ? "Spanglass "
            + WireCore.version()
            + " observes model calls of "
            + modules
            + "; "
            + configuration
            + (notes.isEmpty() ? "" : "; " + String.join("; ", notes))
        : "Spanglass is off";
  }
}
