/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.muzzle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Sources that tests compile: a library, and an extension with advice and a helper for it. */
final class Sources {
  static final String CLIENT =
      "package lib; public class Client { public String call(int n) { return \"\"; } }";

  static final Map<String, String> MODULE =
      Map.of(
          "ext.Helper",
          """
          package ext;
          public final class Helper {
            public static void observe(lib.Client client) { client.call(1); }
          }
          """,
          "ext.ClientInstrumentation",
          """
          package ext;
          import io.opentelemetry.javaagent.extension.instrumentation.*;
          import net.bytebuddy.asm.Advice;
          import net.bytebuddy.description.type.TypeDescription;
          import net.bytebuddy.matcher.*;
          public class ClientInstrumentation implements TypeInstrumentation {
            @Override public ElementMatcher<TypeDescription> typeMatcher() {
              return ElementMatchers.named("lib.Client");
            }
            @Override public void transform(TypeTransformer transformer) {
              transformer.applyAdviceToMethod(
                  ElementMatchers.named("call"), getClass().getName() + "$CallAdvice");
            }
            public static class CallAdvice {
              @Advice.OnMethodEnter
              public static void enter(@Advice.This lib.Client client) { Helper.observe(client); }
            }
          }
          """,
          "ext.ClientModule",
          """
          package ext;
          import io.opentelemetry.javaagent.extension.instrumentation.*;
          import java.util.*;
          public class ClientModule extends InstrumentationModule {
            public ClientModule() { super("client"); }
            @Override public List<TypeInstrumentation> typeInstrumentations() {
              return Collections.singletonList(new ClientInstrumentation());
            }
            @Override public boolean isHelperClass(String name) { return name.startsWith("ext."); }
          }
          """);

  private Sources() {}

  /** Compiles for Java 11, with what the plugin itself is compiled with. */
  static void compile(Path target, List<Path> classpath, Map<String, String> sources)
      throws IOException {
    List<JavaFileObject> objects = new ArrayList<>();
    sources.forEach(
        (name, source) ->
            objects.add(
                new SimpleJavaFileObject(
                    URI.create("string:///" + name.replace('.', '/') + ".java"),
                    JavaFileObject.Kind.SOURCE) {
                  @Override
                  public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                    return source;
                  }
                }));
    String path =
        classpath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    List<String> options =
        List.of(
            "-proc:none",
            "--release",
            "11",
            "-d",
            target.toString(),
            "-cp",
            path + File.pathSeparator + System.getProperty("java.class.path"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
      assertThat(compiler.getTask(null, files, null, options, null, objects).call()).isTrue();
    }
  }

  /** The class path of this test, for the agent's extension API and Byte Buddy. */
  static List<File> apis() {
    String own = System.getProperty("java.class.path");
    // Surefire's own class path is one jar that only names the others.
    String all = System.getProperty("surefire.test.class.path", own);
    List<File> files = new ArrayList<>();
    for (String element : all.split(File.pathSeparator, -1)) {
      files.add(new File(element));
    }
    return files;
  }
}
