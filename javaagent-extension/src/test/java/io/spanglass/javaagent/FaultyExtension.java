/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.SimpleRemapper;

/** Copies of the extension jar in which methods of the wire core throw. */
final class FaultyExtension {

  /** Where the relocation of the build puts the wire core. */
  private static final String BOOT = "io/opentelemetry/javaagent/bootstrap/spanglass/";

  private static final String FAULT = BOOT + "InjectedFault";
  private static final String LISTENERS =
      "META-INF/services/io.opentelemetry.javaagent.extension.AgentListener";

  /** Settings are read once: with a fault there it would be off altogether. */
  private static final String CONFIG = BOOT + "config";

  /**
   * Every method of the boot jar that advice and adapters of any client call, as {@code
   * owner.name(descriptor)}. What sets the agent up is the package of its listeners.
   */
  private static Set<String> entries(Map<String, byte[]> extension) throws IOException {
    Set<String> setUp = new HashSet<>();
    new String(Objects.requireNonNull(extension.get(LISTENERS)), UTF_8)
        .lines()
        .forEach(type -> setUp.add(packageOf(type.strip().replace('.', '/'))));
    Set<String> entries = new HashSet<>();
    extension.forEach(
        (name, content) -> {
          if (name.endsWith(".class") && !setUp.contains(packageOf(name))) {
            collectCalls(content, entries);
          }
        });
    if (setUp.isEmpty() || entries.isEmpty()) {
      throw new IOException("the adapters call nothing, or nothing sets the agent up: " + setUp);
    }
    // What catches the faults is the one thing that has to work.
    entries.removeIf(entry -> entry.startsWith(BOOT + "call/Guard."));
    return entries;
  }

  private static String packageOf(String type) {
    return type.substring(0, Math.max(0, type.lastIndexOf('/')));
  }

  /** The package that most entries are in. */
  private static String door(Set<String> entries) {
    Map<String, Integer> counts = new TreeMap<>();
    entries.forEach(
        entry -> counts.merge(packageOf(entry.substring(0, entry.indexOf('.'))), 1, Integer::sum));
    return Collections.max(counts.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  /** The boot jar within the extension: the one entry that is an archive. */
  private static String bootJar(Map<String, byte[]> extension) throws IOException {
    for (Map.Entry<String, byte[]> entry : extension.entrySet()) {
      byte[] content = entry.getValue();
      if (content.length > 2 && content[0] == 'P' && content[1] == 'K') {
        return entry.getKey();
      }
    }
    throw new IOException("no boot jar");
  }

  private static void collectCalls(byte[] type, Set<String> calls) {
    new ClassReader(type)
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access,
                  String name,
                  String descriptor,
                  @Nullable String signature,
                  String @Nullable [] exceptions) {
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitMethodInsn(
                      int opcode, String owner, String called, String type, boolean itf) {
                    if (owner.startsWith(BOOT)) {
                      calls.add(owner + "." + called + type);
                    }
                  }
                };
              }
            },
            ClassReader.SKIP_FRAMES);
  }

  /**
   * Writes a copy in which two kinds of methods fail, those at the door and those behind it: which
   * of them, and when, the system properties of {@link io.spanglass.testing.contract.FaultMode}
   * say.
   */
  static Path create(Path extension, Path directory) throws IOException {
    Map<String, byte[]> entries = read(Files.readAllBytes(extension));
    Set<String> called = entries(entries);
    String door = door(called);
    String bootJar = bootJar(entries);
    Map<String, byte[]> boot = read(Objects.requireNonNull(entries.get(bootJar)));
    boot.replaceAll(
        (name, content) -> {
          if (!name.startsWith(BOOT) || !name.endsWith(".class")) {
            return content;
          }
          byte[] faulty = withFaults(content, called::contains, "door");
          String in = packageOf(name);
          return in.equals(door) || in.equals(CONFIG)
              ? faulty
              : withFaults(faulty, method -> !method.contains(".<clinit>"), "inside");
        });
    boot.put(FAULT + ".class", faultClass());
    entries.put(bootJar, write(boot));
    Path copy = Files.createTempFile(directory, "faulty-extension", ".jar");
    Files.write(copy, write(entries));
    return copy;
  }

  private static byte[] withFaults(byte[] type, Predicate<String> selection, String where) {
    ClassReader reader = new ClassReader(type);
    ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(
              int access,
              String name,
              String descriptor,
              @Nullable String signature,
              String @Nullable [] exceptions) {
            MethodVisitor method =
                super.visitMethod(access, name, descriptor, signature, exceptions);
            boolean hasCode = (access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) == 0;
            if (!hasCode || !selection.test(reader.getClassName() + "." + name + descriptor)) {
              return method;
            }
            return new MethodVisitor(Opcodes.ASM9, method) {
              @Override
              public void visitCode() {
                super.visitCode();
                super.visitLdcInsn(where);
                super.visitMethodInsn(
                    Opcodes.INVOKESTATIC, FAULT, "hit", "(Ljava/lang/String;)V", false);
              }
            };
          }
        },
        0);
    return writer.toByteArray();
  }

  private static byte[] faultClass() throws IOException {
    String name = InjectedFault.class.getName().replace('.', '/');
    try (InputStream in =
        Objects.requireNonNull(InjectedFault.class.getResourceAsStream("InjectedFault.class"))) {
      ClassWriter writer = new ClassWriter(0);
      new ClassReader(in)
          .accept(new ClassRemapper(writer, new SimpleRemapper(Opcodes.ASM9, name, FAULT)), 0);
      return writer.toByteArray();
    }
  }

  private static Map<String, byte[]> read(byte[] jar) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar))) {
      for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
        if (!entry.isDirectory()) {
          entries.put(entry.getName(), in.readAllBytes());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  private static byte[] write(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream out = new JarOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private FaultyExtension() {}
}
