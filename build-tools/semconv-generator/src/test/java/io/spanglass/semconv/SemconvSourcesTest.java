/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.semconv;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributeType;
import io.opentelemetry.api.common.Attributes;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
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

  private static Map<String, String> one = Map.of();
  private static Map<String, String> two = Map.of();

  @TempDir private Path directory;

  @BeforeAll
  static void generate() throws IOException {
    one = new SemconvSources(SemconvTable.read(TABLE)).generate();
    ObjectMapper json = new ObjectMapper();
    ObjectNode table = (ObjectNode) json.readTree(Files.readString(TABLE));
    try (InputStream latest =
        SemconvSourcesTest.class.getResourceAsStream("/latest-profile.json")) {
      table.withObject("/profiles").set("latest", json.readTree(latest));
    }
    two = new SemconvSources(SemconvTable.parse(json.writeValueAsString(table))).generate();
  }

  @Test
  void aSecondProfileChangesNothingButTheProfiles() {
    assertThat(two.keySet()).isEqualTo(one.keySet());
    Map<String, String> othersOfOne = new TreeMap<>(one);
    Map<String, String> othersOfTwo = new TreeMap<>(two);
    assertThat(othersOfOne.remove(PROFILE)).isNotEqualTo(othersOfTwo.remove(PROFILE));
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
            "field AttributeKey<String> tokenModality",
            "field SemconvProfile LATEST",
            "method makeLATEST");
    assertThat(membersOf(after)).containsAll(membersOf(before));
  }

  @Test
  void aProfileKeepsItsDataWhenAnotherIsAdded() throws Exception {
    Object before = profile(compile(one, "one"), "V1_41");
    Object after = profile(compile(two, "two"), "V1_41");

    for (Field field : before.getClass().getDeclaredFields()) {
      Object value = get(before, field.getName());
      if (value instanceof AttributeKey) {
        assertThat(get(after, field.getName())).isEqualTo(value);
      }
    }
    for (String measure : List.of("operationDuration", "inputTokens", "timeToFirstChunk")) {
      assertThat(specs(after, measure)).isEqualTo(specs(before, measure)).isNotEmpty();
    }
    assertThat(get(after, "tokenModality")).isNull();
  }

  @Test
  void profilesDifferInNamesAndTypes() throws Exception {
    Class<?> profiles = compile(two, "two");
    Object v141 = profile(profiles, "V1_41");
    Object latest = profile(profiles, "LATEST");

    assertThat(get(v141, "schemaUrl")).isEqualTo("https://opentelemetry.io/schemas/1.41.1");
    assertThat(get(latest, "schemaUrl"))
        .isEqualTo("https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev");
    assertThat(get(v141, "usageCacheWriteInputTokens"))
        .isEqualTo(AttributeKey.longKey("gen_ai.usage.cache_creation.input_tokens"));
    assertThat(get(latest, "usageCacheWriteInputTokens"))
        .isEqualTo(AttributeKey.longKey("gen_ai.usage.cache_write.input_tokens"));
    assertThat(((AttributeKey<?>) value(v141, "requestTopK")).getType())
        .isEqualTo(AttributeType.DOUBLE);
    assertThat(((AttributeKey<?>) value(latest, "requestTopK")).getType())
        .isEqualTo(AttributeType.LONG);
    assertThat(get(latest, "tokenType")).isNull();
  }

  @Test
  void aMeasureIsRecordedWithTheInstrumentsOfItsProfile() throws Exception {
    Class<?> profiles = compile(two, "two");
    Object v141 = profile(profiles, "V1_41");
    Object latest = profile(profiles, "LATEST");
    Attributes unknown = Attributes.of(AttributeKey.stringKey("gen_ai.token.modality"), "unknown");
    String tokens =
        " [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216,"
            + " 67108864]";

    assertThat(specs(v141, "inputTokens"))
        .containsExactly(
            "HISTOGRAM gen_ai.client.token.usage {token} long inference embeddings "
                + Attributes.of(AttributeKey.stringKey("gen_ai.token.type"), "input")
                + tokens);
    assertThat(specs(latest, "inputTokens"))
        .containsExactly(
            "COUNTER gen_ai.client.inference.usage.input_tokens {token} long inference "
                + unknown
                + " []",
            "HISTOGRAM gen_ai.client.inference.operation.input_tokens {token} long inference "
                + Attributes.empty()
                + tokens);
    assertThat(specs(v141, "cacheReadTokens")).isEmpty();
    assertThat(specs(latest, "cacheReadTokens")).hasSize(1);
    assertThat(specs(v141, "outputTokens")).hasSize(1);
    assertThat(specs(latest, "outputTokens")).isEmpty();
    assertThat(specs(latest, "operationDuration"))
        .extracting(spec -> spec.substring(0, spec.indexOf(" {")))
        .containsExactly(
            "HISTOGRAM gen_ai.client.inference.duration s double inference",
            "HISTOGRAM gen_ai.client.operation.duration s double embeddings");
  }

  @Test
  void aConceptThatOneProfileLacksIsNullable() {
    assertThat(source(one)).contains("  final AttributeKey<String> tokenType;");
    assertThat(source(two))
        .contains("  final @Nullable AttributeKey<String> tokenType;")
        .contains("  final @Nullable AttributeKey<String> tokenModality;")
        .contains("  final AttributeKey<String> operationName;")
        .contains("  final AttributeKey<? extends Number> requestTopK;");
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
    files.add(API.resolve("java/io/spanglass/telemetry/MetricSpec.java").toFile());

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
