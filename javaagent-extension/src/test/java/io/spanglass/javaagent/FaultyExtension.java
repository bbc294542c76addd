/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

  private static final String BOOT = "io/opentelemetry/javaagent/bootstrap/spanglass/";
  private static final String AGENT = "io/spanglass/javaagent/";
  private static final String BOOT_JAR = "io/spanglass/javaagent/spanglass-bootstrap.bin";
  private static final String FAULT = BOOT + "InjectedFault";

  /** Which methods throw. */
  @FunctionalInterface
  private interface Selection {
    /** Whether the method of the boot jar throws; names are internal ones. */
    boolean matches(String owner, String name, String descriptor);
  }

  /** Every method of the boot jar that advice and adapters of any client call. */
  private static Selection entries(Path extension) throws IOException {
    Set<String> entries = new HashSet<>();
    read(Files.readAllBytes(extension))
        .forEach(
            (name, content) -> {
              if (isOfClient(name) && name.endsWith(".class")) {
                collectCalls(content, entries);
              }
            });
    if (entries.isEmpty()) {
      throw new IOException("the adapters in " + extension + " call nothing");
    }
    // What catches the faults is the one thing that has to work.
    entries.removeIf(entry -> entry.startsWith(BOOT + "call/Guard."));
    return (owner, name, descriptor) -> entries.contains(owner + "." + name + descriptor);
  }

  /** Each client has a package of its own; what sets the agent up lies above them. */
  private static boolean isOfClient(String name) {
    return name.startsWith(AGENT) && name.indexOf('/', AGENT.length()) >= 0;
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

  /** Everything behind the entries: frames, decoders, call state, telemetry. */
  private static Selection inside() {
    return (owner, name, descriptor) ->
        !name.equals("<clinit>")
            && (owner.startsWith(BOOT + "wire/") || owner.startsWith(BOOT + "telemetry/"))
            && !owner.endsWith("/Version")
            // Made when the extension is installed: with a fault there it is off altogether.
            && !owner.startsWith(BOOT + "telemetry/SpanReader$");
  }

  /**
   * Writes a copy in which both kinds of methods fail: which of them, and when, the system
   * properties of {@link io.spanglass.testing.contract.FaultMode} say.
   */
  static Path create(Path extension, Path directory) throws IOException {
    Selection door = entries(extension);
    Selection inside = inside();
    Map<String, byte[]> entries = read(Files.readAllBytes(extension));
    Map<String, byte[]> boot = read(Objects.requireNonNull(entries.get(BOOT_JAR)));
    boot.replaceAll(
        (name, content) ->
            name.startsWith(BOOT) && name.endsWith(".class")
                ? withFaults(withFaults(content, door, "door"), inside, "inside")
                : content);
    boot.put(FAULT + ".class", faultClass());
    entries.put(BOOT_JAR, write(boot));
    Path copy = Files.createTempFile(directory, "faulty-extension", ".jar");
    Files.write(copy, write(entries));
    return copy;
  }

  private static byte[] withFaults(byte[] type, Selection selection, String where) {
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
            if (!hasCode || !selection.matches(reader.getClassName(), name, descriptor)) {
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
