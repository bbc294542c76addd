/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A forked JVM, by default under the official agent. Its output is collected line by line and it is
 * killed at {@link #close()} if it still runs.
 */
public final class AgentJvm implements AutoCloseable {

  /** The ways in which the agent can apply instrumentation and read its configuration. */
  public enum Mode {
    /** The default of every agent 2.x. */
    CLASSIC,
    /** Advice called through invokedynamic. */
    INDY,
    /** The preview of what the agent 3.0 will do. */
    V3_PREVIEW,
    /** Configured by a YAML file; system properties for the SDK are not read. */
    DECLARATIVE
  }

  private static final String AGENT_PROPERTY = "spanglass.test.agent";

  private final Process process;
  private final List<String> command;
  private final Output stdout;
  private final Output stderr;

  private AgentJvm(Process process, List<String> command, Output stdout, Output stderr) {
    this.process = process;
    this.command = command;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** The jar or directory that a class comes from. */
  public static Path locationOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A JVM of this process's Java installation under the agent that the build fetched. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Waits for the end of the JVM.
   *
   * @return the exit code
   * @throws TimeoutException if it still runs; it is killed then, and the message has its output
   */
  public int waitFor(Duration timeout) throws InterruptedException, TimeoutException {
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor();
      throw new TimeoutException("still running after " + timeout + ": " + describe());
    }
    stdout.join();
    stderr.join();
    return process.exitValue();
  }

  /** Waits for the end of the JVM and throws unless it exited with 0. */
  public AgentJvm waitForSuccess(Duration timeout) throws InterruptedException, TimeoutException {
    int exit = waitFor(timeout);
    if (exit != 0) {
      throw new IllegalStateException("exit code " + exit + ": " + describe());
    }
    return this;
  }

  /**
   * Waits for a line on standard output.
   *
   * @return the first line that matches
   * @throws TimeoutException if there is none in time or the output ended without one
   */
  public String awaitLine(Predicate<String> matches, Duration timeout)
      throws InterruptedException, TimeoutException {
    String line = stdout.await(matches, timeout);
    if (line == null) {
      throw new TimeoutException("no such line within " + timeout + ": " + describe());
    }
    return line;
  }

  /** Writes a line to the standard input of the JVM. */
  public void writeLine(String line) throws IOException {
    Writer writer = process.outputWriter(StandardCharsets.UTF_8);
    writer.write(line + "\n");
    writer.flush();
  }

  /** What was written to standard output so far. */
  public String stdout() {
    return stdout.text();
  }

  /** What was written to standard error so far; the agent logs there. */
  public String stderr() {
    return stderr.text();
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Kills the JVM if it still runs. */
  @Override
  public void close() {
    process.destroyForcibly();
  }

  private String describe() {
    return String.join(" ", command)
        + "\n--- stdout\n"
        + stdout.text()
        + "\n--- stderr\n"
        + stderr.text();
  }

  /** Collects what a JVM is started with. */
  public static final class Builder {

    private Path javaHome = Path.of(System.getProperty("java.home"));
    private @Nullable Path agent = defaultAgent();
    private @Nullable Path extension;
    private Mode mode = Mode.CLASSIC;
    private @Nullable String endpoint;
    private String serviceName = "test";
    private String sampler = "always_on";
    private String instrumentationYaml = "";
    private final List<String> jvmOptions = new ArrayList<>();
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private String classpath = System.getProperty("java.class.path");
    private final List<String> program = new ArrayList<>();
    private @Nullable Consumer<String> stdoutListener;

    private static @Nullable Path defaultAgent() {
      String path = System.getProperty(AGENT_PROPERTY);
      return path == null ? null : Path.of(path);
    }

    private Builder() {}

    /** The Java installation; that of this process unless set. */
    public Builder javaHome(Path javaHome) {
      this.javaHome = javaHome;
      return this;
    }

    /**
     * The agent's jar; the system property {@code spanglass.test.agent} unless set.
     *
     * @param agent null for a JVM without an agent
     */
    public Builder agent(@Nullable Path agent) {
      this.agent = agent;
      return this;
    }

    /** The extension's jar; none unless set. */
    public Builder extension(@Nullable Path extension) {
      this.extension = extension;
      return this;
    }

    /** How the agent works; {@link Mode#CLASSIC} unless set. */
    public Builder mode(Mode mode) {
      this.mode = mode;
      return this;
    }

    /** Exports to this receiver, soon after the fact. Without a receiver nothing is exported. */
    public Builder exportTo(OtlpReceiver receiver) {
      return exportTo(receiver.endpoint());
    }

    /** Exports to this OTLP/HTTP base address, soon after the fact. */
    public Builder exportTo(String endpoint) {
      this.endpoint = endpoint;
      return this;
    }

    /** The resource attribute {@code service.name}. */
    public Builder serviceName(String serviceName) {
      this.serviceName = serviceName;
      return this;
    }

    /** {@code always_on} (unless set) or {@code always_off}. */
    public Builder sampler(String sampler) {
      this.sampler = sampler;
      return this;
    }

    /**
     * What {@link Mode#DECLARATIVE} gets below {@code instrumentation/development: java:}, indented
     * by four spaces.
     */
    public Builder instrumentationYaml(String yaml) {
      this.instrumentationYaml = yaml;
      return this;
    }

    /** A JVM option, before the agent's. */
    public Builder jvmOption(String option) {
      jvmOptions.add(option);
      return this;
    }

    public Builder property(String name, String value) {
      properties.put(name, value);
      return this;
    }

    public Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** That of this process unless set. */
    public Builder classpath(Path... entries) {
      classpath =
          Stream.of(entries).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
      return this;
    }

    /** More entries, behind those that are set so far. */
    public Builder addToClasspath(List<Path> entries) {
      for (Path entry : entries) {
        classpath += File.pathSeparator + entry;
      }
      return this;
    }

    /** The jars or directories that these classes come from, and nothing else. */
    public Builder classpathOf(Class<?>... classes) {
      return classpath(
          Stream.of(classes).map(AgentJvm::locationOf).distinct().toArray(Path[]::new));
    }

    /** The main class and its arguments. */
    public Builder main(String mainClass, String... arguments) {
      program.clear();
      program.add(mainClass);
      program.addAll(List.of(arguments));
      return this;
    }

    /** An executable jar and its arguments. */
    public Builder jar(Path jar, String... arguments) {
      program.clear();
      program.addAll(List.of("-jar", jar.toString()));
      program.addAll(List.of(arguments));
      return this;
    }

    /** Sees every line of standard output as it comes, on a thread of its own. */
    public Builder onStdoutLine(Consumer<String> listener) {
      this.stdoutListener = listener;
      return this;
    }

    /** Starts the JVM. */
    public AgentJvm start() throws IOException {
      if (program.isEmpty()) {
        throw new IllegalStateException("neither a main class nor a jar is set");
      }
      List<String> command = new ArrayList<>();
      command.add(javaHome.resolve("bin").resolve("java").toString());
      command.addAll(jvmOptions);
      Map<String, String> all = new LinkedHashMap<>();
      if (agent != null) {
        command.add("-javaagent:" + agent);
        all.putAll(agentProperties());
      }
      all.putAll(properties);
      all.forEach((name, value) -> command.add("-D" + name + "=" + value));
      if (!program.get(0).equals("-jar")) {
        command.addAll(List.of("-cp", classpath));
      }
      command.addAll(program);

      ProcessBuilder builder = new ProcessBuilder(command);
      // The outer environment must not reconfigure the agent under test.
      builder
          .environment()
          .keySet()
          .removeIf(name -> name.startsWith("OTEL_") || name.equals("JAVA_TOOL_OPTIONS"));
      builder.environment().putAll(environment);
      Process process = builder.start();
      Output stdout = new Output(process.getInputStream(), "stdout", stdoutListener);
      Output stderr = new Output(process.getErrorStream(), "stderr", null);
      return new AgentJvm(process, command, stdout, stderr);
    }

    private Map<String, String> agentProperties() throws IOException {
      Map<String, String> agentProperties = new LinkedHashMap<>();
      if (extension != null) {
        agentProperties.put("otel.javaagent.extensions", extension.toString());
      }
      switch (mode) {
        case CLASSIC -> {}
        case INDY -> agentProperties.put("otel.javaagent.experimental.indy", "true");
        case V3_PREVIEW -> agentProperties.put("otel.instrumentation.common.v3-preview", "true");
        case DECLARATIVE -> {
          agentProperties.put("otel.config.file", writeConfiguration().toString());
          return agentProperties;
        }
      }
      agentProperties.put("otel.service.name", serviceName);
      agentProperties.put("otel.traces.sampler", sampler);
      if (endpoint == null) {
        agentProperties.put("otel.traces.exporter", "none");
        agentProperties.put("otel.metrics.exporter", "none");
        agentProperties.put("otel.logs.exporter", "none");
      } else {
        agentProperties.put("otel.exporter.otlp.endpoint", endpoint);
        agentProperties.put("otel.exporter.otlp.protocol", "http/protobuf");
        agentProperties.put("otel.bsp.schedule.delay", "100");
        agentProperties.put("otel.bsp.max.queue.size", "65536");
        agentProperties.put("otel.blrp.schedule.delay", "100");
        agentProperties.put("otel.metric.export.interval", "500");
      }
      return agentProperties;
    }

    private Path writeConfiguration() throws IOException {
      StringBuilder yaml = new StringBuilder();
      yaml.append("file_format: \"1.0\"\n")
          .append("resource:\n")
          .append("  attributes:\n")
          .append("    - name: service.name\n")
          .append("      value: ")
          .append(serviceName)
          .append('\n')
          .append("propagator:\n")
          .append("  composite:\n")
          .append("    - tracecontext:\n")
          .append("    - baggage:\n");
      if (endpoint != null) {
        yaml.append("tracer_provider:\n")
            .append("  sampler:\n")
            .append("    ")
            .append(sampler)
            .append(":\n")
            .append("  processors:\n")
            .append("    - batch:\n")
            .append("        schedule_delay: 100\n")
            .append("        max_queue_size: 65536\n")
            .append("        exporter:\n")
            .append("          otlp_http:\n")
            .append("            endpoint: ")
            .append(endpoint)
            .append("/v1/traces\n")
            .append("meter_provider:\n")
            .append("  readers:\n")
            .append("    - periodic:\n")
            .append("        interval: 500\n")
            .append("        exporter:\n")
            .append("          otlp_http:\n")
            .append("            endpoint: ")
            .append(endpoint)
            .append("/v1/metrics\n")
            .append("logger_provider:\n")
            .append("  processors:\n")
            .append("    - batch:\n")
            .append("        schedule_delay: 100\n")
            .append("        exporter:\n")
            .append("          otlp_http:\n")
            .append("            endpoint: ")
            .append(endpoint)
            .append("/v1/logs\n");
      }
      if (!instrumentationYaml.isEmpty()) {
        yaml.append("instrumentation/development:\n")
            .append("  java:\n")
            .append(instrumentationYaml);
      }
      Path file = Files.createTempFile("spanglass-test", ".yaml");
      file.toFile().deleteOnExit();
      Files.writeString(file, yaml);
      return file;
    }
  }

  /** Reads one output stream on a thread of its own. */
  private static final class Output {

    private final List<String> lines = new ArrayList<>();
    private final Thread thread;
    private boolean ended;

    Output(InputStream in, String name, @Nullable Consumer<String> listener) {
      thread = new Thread(() -> read(in, listener), "forked-jvm-" + name);
      thread.setDaemon(true);
      thread.start();
    }

    private void read(InputStream in, @Nullable Consumer<String> listener) {
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          synchronized (this) {
            lines.add(line);
            notifyAll();
          }
          if (listener != null) {
            listener.accept(line);
          }
        }
      } catch (UncheckedIOException | IOException e) {
        // Killed: what was read until then is the output.
      } finally {
        synchronized (this) {
          ended = true;
          notifyAll();
        }
      }
    }

    void join() throws InterruptedException {
      thread.join();
    }

    synchronized String text() {
      return String.join("\n", lines);
    }

    synchronized @Nullable String await(Predicate<String> matches, Duration timeout)
        throws InterruptedException {
      long deadline = System.nanoTime() + timeout.toNanos();
      int seen = 0;
      while (true) {
        for (; seen < lines.size(); seen++) {
          if (matches.test(lines.get(seen))) {
            return lines.get(seen);
          }
        }
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
          return null;
        }
        wait(left / 1_000_000, (int) (left % 1_000_000));
      }
    }
  }
}
