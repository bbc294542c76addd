/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/**
 * Proves over the byte code of a class that every path to a native NVML call passes the true branch
 * of {@code symbols.has("the function's name")}: a forward data flow of the names that are known to
 * be present, joined by intersection.
 */
final class GuardChecker {
  private static final String BINDING = "org/bytedeco/cuda/global/nvml";
  private static final String SYMBOLS = "io/spanglass/gpu/Symbols";

  final List<String> unguarded = new ArrayList<>();
  final Set<String> called = new HashSet<>();

  void check(byte[] classFile) {
    ClassNode node = new ClassNode();
    new ClassReader(classFile).accept(node, ClassReader.SKIP_FRAMES);
    for (MethodNode method : node.methods) {
      if (method.instructions.size() > 0) {
        check(node.name, method);
      }
    }
  }

  private void check(String owner, MethodNode method) {
    Map<AbstractInsnNode, Set<String>> known = new HashMap<>();
    Deque<AbstractInsnNode> work = new ArrayDeque<>();
    flow(method.instructions.getFirst(), Set.of(), known, work);
    for (TryCatchBlockNode handler : method.tryCatchBlocks) {
      flow(handler.handler, Set.of(), known, work);
    }
    while (!work.isEmpty()) {
      AbstractInsnNode at = work.remove();
      step(at, known.getOrDefault(at, Set.of()), known, work);
    }
    for (AbstractInsnNode at : method.instructions) {
      if (at instanceof MethodInsnNode call
          && call.owner.equals(BINDING)
          && call.name.startsWith("nvml")) {
        called.add(call.name);
        if (!known.getOrDefault(at, Set.of()).contains(call.name)) {
          unguarded.add(owner + "." + method.name + " calls " + call.name);
        }
      }
    }
  }

  private static void step(
      AbstractInsnNode at,
      Set<String> state,
      Map<AbstractInsnNode, Set<String>> known,
      Deque<AbstractInsnNode> work) {
    int opcode = at.getOpcode();
    if (at instanceof JumpInsnNode jump) {
      String tested = tested(jump);
      boolean present = tested != null;
      flow(
          jump.label, present && opcode == Opcodes.IFNE ? with(state, tested) : state, known, work);
      if (opcode != Opcodes.GOTO) {
        flow(
            at.getNext(),
            present && opcode == Opcodes.IFEQ ? with(state, tested) : state,
            known,
            work);
      }
      return;
    }
    if (at instanceof TableSwitchInsnNode table) {
      flow(table.dflt, state, known, work);
      for (LabelNode label : table.labels) {
        flow(label, state, known, work);
      }
      return;
    }
    if (at instanceof LookupSwitchInsnNode lookup) {
      flow(lookup.dflt, state, known, work);
      for (LabelNode label : lookup.labels) {
        flow(label, state, known, work);
      }
      return;
    }
    boolean ends =
        (opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN) || opcode == Opcodes.ATHROW;
    if (!ends) {
      flow(at.getNext(), state, known, work);
    }
  }

  /** The name that {@code symbols.has} was just asked for, when this jump depends on the answer. */
  private static @Nullable String tested(JumpInsnNode jump) {
    if (jump.getOpcode() == Opcodes.IFEQ || jump.getOpcode() == Opcodes.IFNE) {
      AbstractInsnNode call = jump.getPrevious();
      if (call instanceof MethodInsnNode has
          && has.owner.equals(SYMBOLS)
          && has.name.equals("has")
          && has.getPrevious() instanceof LdcInsnNode constant
          && constant.cst instanceof String name) {
        return name;
      }
    }
    return null;
  }

  private static Set<String> with(Set<String> state, @Nullable String name) {
    Set<String> more = new HashSet<>(state);
    if (name != null) {
      more.add(name);
    }
    return more;
  }

  private static void flow(
      @Nullable AbstractInsnNode to,
      Set<String> state,
      Map<AbstractInsnNode, Set<String>> known,
      Deque<AbstractInsnNode> work) {
    if (to == null) {
      return;
    }
    Set<String> before = known.get(to);
    Set<String> after = new HashSet<>(state);
    if (before != null) {
      after.retainAll(before);
      if (after.equals(before)) {
        return;
      }
    }
    known.put(to, after);
    work.add(to);
  }
}
