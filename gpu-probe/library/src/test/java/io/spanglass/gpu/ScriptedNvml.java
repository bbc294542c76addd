/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.gpu;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The demo's GPUs with faults. */
class ScriptedNvml extends DemoNvml {
  static final long GPU_0 = 0x1000;
  static final long GPU_1 = 0x1001;

  int initCode;
  int countCode;
  int inits;
  int shutdowns;
  int openSamples;
  final Map<Reading, Integer> readCodes = new EnumMap<>(Reading.class);
  final Map<Reading, long[]> readValues = new EnumMap<>(Reading.class);
  final Map<Long, Integer> deviceCodes = new HashMap<>();
  final Map<Integer, Long> fieldValues = new HashMap<>();
  final Map<Integer, Integer> fieldCodes = new HashMap<>();
  final Map<Reading, Integer> asked = new EnumMap<>(Reading.class);
  final Map<Integer, Integer> askedFields = new HashMap<>();
  final Set<Text> noText = new HashSet<>();
  final BlockingQueue<long[]> events = new LinkedBlockingQueue<>();

  ScriptedNvml(List<Gpu> gpus, LongSupplier clock) {
    super(gpus, clock);
  }

  @Override
  public int init() {
    inits++;
    return initCode;
  }

  @Override
  public int shutdown() {
    shutdowns++;
    return super.shutdown();
  }

  @Override
  public int deviceCount(int[] out) {
    return countCode != 0 ? countCode : super.deviceCount(out);
  }

  @Override
  public int text(long device, Text what, @Nullable String[] out) {
    Integer code = deviceCodes.get(device);
    if (code != null) {
      return code;
    }
    return noText.contains(what) ? NvmlReturn.NOT_SUPPORTED : super.text(device, what, out);
  }

  @Override
  public int read(long device, Reading what, int argument, long[] out) {
    asked.merge(what, 1, Integer::sum);
    Integer code = deviceCodes.get(device);
    if (code == null) {
      code = readCodes.get(what);
    }
    if (code != null) {
      return code;
    }
    long[] values = readValues.get(what);
    if (values != null) {
      System.arraycopy(values, 0, out, 0, values.length);
      return NvmlReturn.SUCCESS;
    }
    return super.read(device, what, argument, out);
  }

  @Override
  public int fieldValues(long device, FieldBatch batch) {
    Integer code = deviceCodes.get(device);
    if (code != null) {
      return code;
    }
    int result = super.fieldValues(device, batch);
    for (int i = 0; i < batch.size(); i++) {
      int id = batch.id(i);
      askedFields.merge(id, 1, Integer::sum);
      Long value = fieldValues.get(id);
      if (value != null) {
        batch.answer(i, NvmlReturn.SUCCESS, value);
      }
      Integer fieldCode = fieldCodes.get(id);
      if (fieldCode != null) {
        batch.answer(i, fieldCode, 0);
      }
    }
    return result;
  }

  @Override
  public int gpmSampleAlloc(long[] out) {
    openSamples++;
    return super.gpmSampleAlloc(out);
  }

  @Override
  public int gpmSampleFree(long sample) {
    openSamples--;
    return super.gpmSampleFree(sample);
  }

  @Override
  public int eventWait(long set, int timeoutMillis, long[] out) {
    try {
      long[] event = events.poll(timeoutMillis, TimeUnit.MILLISECONDS);
      if (event == null) {
        return NvmlReturn.TIMEOUT;
      }
      System.arraycopy(event, 0, out, 0, event.length);
      return NvmlReturn.SUCCESS;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return NvmlReturn.TIMEOUT;
    }
  }
}
