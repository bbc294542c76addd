/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributeType;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Generates from the product's table, alone and with a second profile of another shape. */
class SemconvSourcesTest {
  private static final Path API = Path.of("..", "..", "instrumentation-api", "src", "main");
  private static final Path TABLE = API.resolve("semconv/genai-semconv.json");
  private static final String PROFILE = "io/spanglass/telemetry/SemconvProfile.java";
  private static final String NAMES = "io/spanglass/config/SemconvProfiles.java";

  private static Map<String, String> one = Map.of();
  private static Map<String, String> two = Map.of();

  @TempDir private Path directory;

  @BeforeAll
  static void generate(@TempDir Path directory) throws IOException {
    // Alone, without the profiles beside it.
    Path table = directory.resolve("genai-semconv.json");
    Files.copy(TABLE, table);
    one = new SemconvSources(SemconvTable.read(table)).generate();
    Path latest = Files.createDirectories(directory.resolve("profiles")).resolve("latest.json");
    Files.copy(Path.of("src", "test", "resources", "latest-profile.json"), latest);
    two = new SemconvSources(SemconvTable.read(table)).generate();
  }

  @Test
  void aSecondProfileChangesNothingButTheProfiles() {
    assertThat(two.keySet()).isEqualTo(one.keySet());
    Map<String, String> othersOfOne = new TreeMap<>(one);
    Map<String, String> othersOfTwo = new TreeMap<>(two);
    assertThat(othersOfOne.remove(PROFILE)).isNotEqualTo(othersOfTwo.remove(PROFILE));
    assertThat(othersOfOne.remove(NAMES)).contains("NAMES = List.of(\"1.41\");");
    assertThat(othersOfTwo.remove(NAMES)).contains("NAMES = List.of(\"1.41\", \"latest\");");
    assertThat(othersOfTwo).isEqualTo(othersOfOne);
  }

  @Test
  void aSecondProfileAddsDataAndNoCode() throws Exception {
    Class<?> before = compile(one, "one");
    Class<?> after = compile(two, "two");

    List<String> added = new ArrayList<>(membersOf(after));
    added.removeAll(membersOf(before));
    assertThat(added)
        .containsExactly(
            "field Concept<String> tokenModality",
            "field SemconvProfile LATEST",
            "method makeLATEST");
    assertThat(membersOf(after)).containsAll(membersOf(before));
  }

  @Test
  void aProfileKeepsItsDataWhenAnotherIsAdded() throws Exception {
    Object before = profile(compile(one, "one"), "V1_41");
    Object after = profile(compile(two, "two"), "V1_41");

    for (Field field : before.getClass().getDeclaredFields()) {
      if (field.getType().getSimpleName().equals("Concept")) {
        assertThat(key(after, field.getName())).isEqualTo(key(before, field.getName()));
      }
    }
    for (String measure : List.of("operationDuration", "inputTokens", "timeToFirstChunk")) {
      assertThat(specs(after, measure)).isEqualTo(specs(before, measure)).isNotEmpty();
    }
    assertThat(key(after, "tokenModality")).isNull();
  }

  @Test
  void profilesDifferInNamesAndTypes() throws Exception {
    Class<?> profiles = compile(two, "two");
    Object v141 = profile(profiles, "V1_41");
    Object latest = profile(profiles, "LATEST");

    assertThat(get(v141, "schemaUrl")).isEqualTo("https://opentelemetry.io/schemas/1.41.1");
    assertThat(get(latest, "schemaUrl"))
        .isEqualTo("https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev");
    assertThat(key(v141, "usageCacheWriteInputTokens"))
        .isEqualTo(AttributeKey.longKey("gen_ai.usage.cache_creation.input_tokens"));
    assertThat(key(latest, "usageCacheWriteInputTokens"))
        .isEqualTo(AttributeKey.longKey("gen_ai.usage.cache_write.input_tokens"));
    assertThat(key(v141, "requestTopK"))
        .extracting(AttributeKey::getType)
        .isEqualTo(AttributeType.DOUBLE);
    assertThat(key(latest, "requestTopK"))
        .extracting(AttributeKey::getType)
        .isEqualTo(AttributeType.LONG);
    assertThat(key(latest, "tokenType")).isNull();
  }

  @Test
  void aMeasureIsRecordedWithTheInstrumentsOfItsProfile() throws Exception {
    Class<?> profiles = compile(two, "two");
    Object v141 = profile(profiles, "V1_41");
    Object latest = profile(profiles, "LATEST");
    Map<String, String> unknown = Map.of("gen_ai.token.modality", "unknown");
    String tokens =
        " [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216,"
            + " 67108864]";

    assertThat(specs(v141, "inputTokens"))
        .containsExactly(
            "HISTOGRAM gen_ai.client.token.usage {token} long inference embeddings "
                + Map.of("gen_ai.token.type", "input")
                + tokens);
    assertThat(specs(latest, "inputTokens"))
        .containsExactly(
            "COUNTER gen_ai.client.inference.usage.input_tokens {token} long inference "
                + unknown
                + " []",
            "HISTOGRAM gen_ai.client.inference.operation.input_tokens {token} long inference "
                + Map.of()
                + tokens);
    assertThat(specs(v141, "cacheReadTokensUnknown")).isEmpty();
    assertThat(specs(latest, "cacheReadTokensUnknown")).hasSize(1);
    assertThat(specs(v141, "outputTokens")).hasSize(1);
    assertThat(specs(latest, "outputTokens")).isEmpty();
    assertThat(specs(latest, "operationDuration"))
        .extracting(spec -> spec.substring(0, spec.indexOf(" {")))
        .containsExactly(
            "HISTOGRAM gen_ai.client.inference.duration s double inference",
            "HISTOGRAM gen_ai.client.operation.duration s double embeddings");
  }

  @Test
  void aConceptThatOneProfileLacksIsNoNull() {
    assertThat(source(two))
        .contains("  final Concept<String> tokenType;")
        .contains("  final Concept<String> tokenModality;")
        .contains("  final Concept<Number> requestTopK;")
        .contains("/* tokenType */ Concept.absent()")
        .doesNotContain("null,");
  }

  @Test
  void kindsAndValuesAreData() {
    assertThat(source(two))
        .contains(
            "Concept.of(AttributeKey.stringKey(\"gen_ai.operation.name\"),"
                + " Concept.Kind.STRUCTURAL, Map.of(\"chat\", \"converse\"))")
        .contains(
            "Concept.of(AttributeKey.stringKey(\"gen_ai.input.messages\"), Concept.Kind.CONTENT)")
        .contains(
            "Concept.of(AttributeKey.stringArrayKey(\"gen_ai.request.stop_sequences\"),"
                + " Concept.Kind.TEXT)");
  }

  @Test
  void profilesAreFoundByName() throws Exception {
    Class<?> profiles = compile(two, "two");
    Method named = profiles.getDeclaredMethod("named", String.class);
    named.setAccessible(true);
    Method names = profiles.getDeclaredMethod("names");
    names.setAccessible(true);

    assertThat(named.invoke(null, "1.41")).isSameAs(profile(profiles, "V1_41"));
    assertThat(named.invoke(null, "latest")).isSameAs(profile(profiles, "LATEST"));
    assertThat(named.invoke(null, "1.36")).isNull();
    assertThat(names.invoke(null)).isEqualTo("1.41, latest");
  }

  private static String source(Map<String, String> sources) {
    return sources.getOrDefault(PROFILE, "");
  }

  /** Compiles as the product's build does and returns the class of the profiles. */
  private Class<?> compile(Map<String, String> sources, String name) throws Exception {
    Path generated = directory.resolve(name);
    Path classes = Files.createDirectories(directory.resolve(name + "-classes"));
    GenerateSemconv.write(sources, generated);
    List<File> files = new ArrayList<>();
    sources.keySet().forEach(source -> files.add(generated.resolve(source).toFile()));
    for (String type : List.of("Concept", "MetricSpec", "SpanReader")) {
      files.add(API.resolve("java/io/spanglass/telemetry/" + type + ".java").toFile());
    }

    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of(
              "--release=11",
              "-proc:none",
              "-Xlint:all,-options,-classfile",
              "-Werror",
              "-classpath",
              System.getProperty("java.class.path"),
              "-d",
              classes.toString());
      Boolean ok =
          compiler
              .getTask(
                  messages,
                  manager,
                  null,
                  options,
                  null,
                  manager.getJavaFileObjectsFromFiles(files))
              .call();
      assertThat(ok).as(messages.toString()).isTrue();
    }
    // Not closed: the classes load lazily, and the JVM ends soon.
    URLClassLoader loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, SemconvSourcesTest.class.getClassLoader());
    return Class.forName("io.spanglass.telemetry.SemconvProfile", true, loader);
  }

  private static Set<String> membersOf(Class<?> type) {
    Set<String> members = new TreeSet<>();
    for (Field field : type.getDeclaredFields()) {
      String fieldType = field.getGenericType().getTypeName().replaceAll("[a-z]+\\.", "");
      members.add("field " + fieldType + " " + field.getName());
    }
    for (Method method : type.getDeclaredMethods()) {
      members.add("method " + method.getName());
    }
    return members;
  }

  private static Object profile(Class<?> profiles, String constant) throws Exception {
    Field field = profiles.getDeclaredField(constant);
    field.setAccessible(true);
    return field.get(null);
  }

  /** The key of a concept; null if the profile lacks it. */
  private static @Nullable AttributeKey<?> key(Object profile, String concept) throws Exception {
    Method key = value(profile, concept).getClass().getDeclaredMethod("key");
    key.setAccessible(true);
    return (AttributeKey<?>) key.invoke(value(profile, concept));
  }

  private static Object value(Object object, String name) throws Exception {
    Object value = get(object, name);
    assertThat(value).as(name).isNotNull();
    return value == null ? "" : value;
  }

  private static @Nullable Object get(Object object, String name) throws Exception {
    Field field = object.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(object);
  }

  /** What each metric of a measure is, as text: the classes of two loaders do not compare. */
  private static List<String> specs(Object profile, String measure) throws Exception {
    List<String> specs = new ArrayList<>();
    for (Object spec : (List<?>) value(profile, measure)) {
      boolean isLong = (Boolean) value(spec, "isLong");
      specs.add(
          String.join(
              " ",
              value(spec, "kind").toString(),
              value(spec, "name").toString(),
              value(spec, "unit").toString(),
              (isLong ? "long" : "double")
                  + ((Boolean) value(spec, "forInference") ? " inference" : "")
                  + ((Boolean) value(spec, "forEmbeddings") ? " embeddings" : ""),
              value(spec, "fixed").toString(),
              value(spec, isLong ? "longBuckets" : "doubleBuckets").toString()));
    }
    return specs;
  }
}
