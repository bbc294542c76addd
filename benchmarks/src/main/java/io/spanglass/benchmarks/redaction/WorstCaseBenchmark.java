/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.benchmarks.redaction;

import io.spanglass.redaction.RedactionPolicy;
import io.spanglass.redaction.Redactor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One value that repeats one thing, of those that something could start with. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class WorstCaseBenchmark {
  @Param({"80000", "1048576"})
  public int length = 80_000;

  @Param({
    "a",
    "1",
    "@",
    "a@",
    "a@b.c ",
    ":",
    "1:",
    "-",
    "_",
    "=",
    ".",
    "[",
    "\"",
    "\\",
    "%40",
    "&#64;",
    "A",
    "eyJ-",
    "sk-",
    "token=",
    "password=a",
    "cookie: a",
    "1 ",
    "12345678 ",
    "4111 ",
    "4111111111111111 ",
    "call 12345678 ",
    "national id 123456789012 ",
    "a b c d e f 1234567 ",
    "a1-",
    "1.1.1.",
    "GB29 ",
    "{\"a\":",
    "-----BEGIN PRIVATE KEY-----",
    "00 11 ",
    "\u4e2d"
  })
  public String pattern = "a";

  private final Redactor strict = Redactor.of(RedactionPolicy.strict());
  private String text = "";

  @Setup
  public void setUp() {
    text = pattern.repeat(length / pattern.length() + 1).substring(0, length);
  }

  @Benchmark
  public String repeated() {
    String redacted = strict.redact(text);
    if (strict.failures() > 0) {
      throw new IllegalStateException("given up: " + pattern);
    }
    return redacted;
  }
}
