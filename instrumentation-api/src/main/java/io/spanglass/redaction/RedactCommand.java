/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows what would be redacted in a text or in lines of JSON:
 *
 * <pre>
 * java -cp spanglass-instrumentation-api.jar io.spanglass.redaction.RedactCommand \\
 *     [--policy strict|secrets-only] [--findings] [FILE...]
 * </pre>
 *
 * <p>Without a file it reads standard input. Exit status 0 says that nothing was found, 1 that
 * something was, 2 that it could not be done.
 */
public final class RedactCommand {
  private final Redactor redactor;
  private final boolean findingsOnly;
  private final PrintStream out;
  private boolean found;

  private RedactCommand(Redactor redactor, boolean findingsOnly, PrintStream out) {
    this.redactor = redactor;
    this.findingsOnly = findingsOnly;
    this.out = out;
  }

  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    int status = run(arguments, out, System.err);
    out.flush();
    System.exit(status);
  }

  static int run(String[] arguments, PrintStream out, PrintStream err) {
    RedactionPolicy.Preset preset = RedactionPolicy.Preset.STRICT;
    boolean findingsOnly = false;
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--findings")) {
        findingsOnly = true;
      } else if (arguments[i].equals("--policy") && i + 1 < arguments.length) {
        RedactionPolicy.Preset named = RedactionPolicy.Preset.of(arguments[++i]);
        if (named == null) {
          err.println("no policy: " + arguments[i] + "; there are strict, secrets-only and off");
          return 2;
        }
        preset = named;
      } else if (arguments[i].startsWith("--")) {
        err.println("usage: [--policy strict|secrets-only] [--findings] [FILE...]");
        return 2;
      } else {
        files.add(Path.of(arguments[i]));
      }
    }
    Redactor redactor = Redactor.of(RedactionPolicy.builder(preset).build());
    RedactCommand command = new RedactCommand(redactor, findingsOnly, out);
    try {
      if (files.isEmpty()) {
        command.scan(
            "-", new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
      }
      for (Path file : files) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
          command.scan(file.toString(), reader);
        }
      }
    } catch (IOException e) {
      err.println(e);
      return 2;
    }
    return command.found ? 1 : 0;
  }

  private void scan(String name, BufferedReader reader) throws IOException {
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      List<Finding> findings = redactor.find(line);
      if (findings.isEmpty()) {
        continue;
      }
      found = true;
      for (Finding finding : findings) {
        if (findingsOnly) {
          out.println(
              "{\"line\":"
                  + number
                  + ",\"type\":\""
                  + finding.name()
                  + "\",\"start\":"
                  + finding.start()
                  + ",\"end\":"
                  + finding.end()
                  + "}");
        } else {
          out.println(name + ":" + number + ": " + finding);
        }
      }
      if (!findingsOnly) {
        out.println(redactor.redact(line));
      }
    }
  }
}
