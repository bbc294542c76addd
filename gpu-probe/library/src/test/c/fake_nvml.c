/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

/*
 * A fake libnvidia-ml.so.1 for the tests: own declarations of the part of the public NVML interface
 * that the probe calls. It is scripted by a file of key=value lines, named by FAKE_NVML_SCRIPT and
 * read again at each call, so that a test can change the world under a running probe:
 *
 *   gpus=2              number of GPUs
 *   init=9              nvmlInit_v2 returns 9
 *   lost=1              every call about GPU 1 returns lost_code
 *   lost_code=15
 *   code.NAME=3         the function NAME returns 3
 *   sleep.NAME=50       it sleeps 50 ms first
 *   hang.NAME=1         it never returns
 *   energy=N            mJ of GPU 0; GPU 1 has 1000 more, and so on
 *   pcie=N              bytes of FV 197 and 198
 *   blank=1             values are all-ones
 *   mig=N               GPU 0 has MIG on, with N instances
 *   mig_first=N         the first instance's id
 *   unified=1           no memory information
 *   vgpu=1              most fields are not supported
 *   gpm=1               GPM works
 *   cuda=N              the CUDA version, which decides on the ids of some fields
 *   c2c=N               chip-to-chip links, the last of them down
 *   smoothing=1         power smoothing is there
 *   licensed=N          vGPU features, of which those in the mask N are licensed
 *   xid=79              one event of this XID for GPU 0, then none until xid_serial changes
 *   xid_serial=N
 *   log=PATH            appends "init" and "shutdown" lines
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int R;
typedef unsigned int U;
typedef unsigned long long UL;
typedef struct {
  int gpu;
  int mig; /* id of the GPU instance, or -1 */
} Dev;
typedef struct {
  int id;
  double time;
} Sample;

#define GPUS 8
#define MIGS 7
static Dev gpus[GPUS] = {{0, -1}, {1, -1}, {2, -1}, {3, -1}, {4, -1}, {5, -1}, {6, -1}, {7, -1}};
static Dev migs[64];
static int inited;
static int open_samples;
static long long last_serial = -1;

static int script(const char *key, char *out, size_t size) {
  const char *path = getenv("FAKE_NVML_SCRIPT");
  FILE *file = path ? fopen(path, "r") : NULL;
  char line[256];
  size_t length = strlen(key);
  int found = 0;
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) {
    if (!strncmp(line, key, length) && line[length] == '=') {
      line[strcspn(line, "\n")] = 0;
      snprintf(out, size, "%s", line + length + 1);
      found = 1;
    }
  }
  fclose(file);
  return found;
}

static long long number(const char *key, long long otherwise) {
  char value[200];
  return script(key, value, sizeof value) ? atoll(value) : otherwise;
}

static void record(const char *what) {
  char path[200];
  FILE *file;
  if (script("log", path, sizeof path) && (file = fopen(path, "a"))) {
    fprintf(file, "%s\n", what);
    fclose(file);
  }
}

/* What the script says about a function: its return code, or 0. */
static R enter(const char *function) {
  char key[120];
  if (!getenv("FAKE_NVML_SCRIPT")) return 0;
  snprintf(key, sizeof key, "hang.%s", function);
  while (number(key, 0)) usleep(100000);
  snprintf(key, sizeof key, "sleep.%s", function);
  usleep((useconds_t)number(key, 0) * 1000);
  snprintf(key, sizeof key, "code.%s", function);
  return (R)number(key, 0);
}

static R enter_device(const char *function, const Dev *d) {
  R code;
  if (!inited) return 1;
  code = enter(function);
  if (code) return code;
  if (number("lost", -1) == d->gpu) return (R)number("lost_code", 15);
  return 0;
}

#define SYSTEM \
  do { \
    R c; \
    if (!inited) return 1; \
    if ((c = enter(__func__))) return c; \
  } while (0)
#define DEVICE \
  do { \
    R c = enter_device(__func__, d); \
    if (c) return c; \
  } while (0)
/* Not there on a MIG device, nor in a vGPU guest. */
#define PHYSICAL \
  DEVICE; \
  if (d->mig >= 0 || number("vgpu", 0)) return 3
#define BLANK_U(x) ((U)(number("blank", 0) ? 0xFFFFFFFFu : (U)(x)))
#define BLANK_UL(x) (number("blank", 0) ? ~0ull : (UL)(x))

static UL energy(const Dev *d) { return (UL)number("energy", 5000000) + (UL)d->gpu * 1000; }

R nvmlInit_v2(void) {
  R code = enter("nvmlInit_v2");
  if (!code) code = (R)number("init", 0);
  record(code ? "init failed" : "init");
  if (!code) inited++;
  return code;
}

R nvmlShutdown(void) {
  if (!inited) return 1;
  inited--;
  record(open_samples ? "shutdown with open samples" : "shutdown");
  return 0;
}

R nvmlSystemGetDriverVersion(char *b, U n) { SYSTEM; snprintf(b, n, "580.00.01"); return 0; }
R nvmlSystemGetCudaDriverVersion(int *v) { SYSTEM; *v = (int)number("cuda", 13010); return 0; }
R nvmlDeviceGetCount_v2(U *c) { SYSTEM; *c = (U)number("gpus", 2); return 0; }
R nvmlDeviceGetHandleByIndex_v2(U i, Dev **d) {
  SYSTEM;
  if (i >= (U)number("gpus", 2) || i >= GPUS) return 2;
  if (number("lost", -1) == (long long)i) return (R)number("lost_code", 15);
  *d = &gpus[i];
  return 0;
}
R nvmlDeviceGetUUID(Dev *d, char *b, U n) {
  DEVICE;
  if (d->mig >= 0) snprintf(b, n, "MIG-00000000-0000-0000-0000-%04d%08d", d->gpu, d->mig);
  else snprintf(b, n, "GPU-00000000-0000-0000-0000-%012d", d->gpu);
  return 0;
}
R nvmlDeviceGetName(Dev *d, char *b, U n) {
  DEVICE;
  snprintf(b, n, d->mig >= 0 ? "NVIDIA Fake H100 MIG 1g.10gb" : "NVIDIA Fake H100");
  return 0;
}
R nvmlDeviceGetVbiosVersion(Dev *d, char *b, U n) { PHYSICAL; snprintf(b, n, "96.00.01"); return 0; }
R nvmlDeviceGetSerial(Dev *d, char *b, U n) { PHYSICAL; snprintf(b, n, "165%04d", d->gpu); return 0; }
typedef struct {
  char busIdLegacy[16];
  U domain, bus, device, pciDeviceId, pciSubSystemId;
  char busId[32];
} Pci;
R nvmlDeviceGetPciInfo_v3(Dev *d, Pci *p) {
  PHYSICAL;
  memset(p, 0, sizeof *p);
  snprintf(p->busId, sizeof p->busId, "00000000:%02X:00.0", 16 * (d->gpu + 1));
  return 0;
}

typedef struct { U gpu, memory; } Util;
R nvmlDeviceGetUtilizationRates(Dev *d, Util *u) {
  DEVICE;
  if (d->mig >= 0) return 3;
  /* Under MIG some drivers say 0 where the header says "not available". */
  u->gpu = number("mig", 0) && d->gpu == 0 ? 0 : BLANK_U(37 + d->gpu);
  u->memory = BLANK_U(12);
  return 0;
}
R nvmlDeviceGetEncoderUtilization(Dev *d, U *u, U *p) { PHYSICAL; *u = BLANK_U(3); *p = 1000; return 0; }
R nvmlDeviceGetDecoderUtilization(Dev *d, U *u, U *p) { PHYSICAL; *u = BLANK_U(4); *p = 1000; return 0; }

typedef struct { UL total, free, used; } Mem;
typedef struct { U version; UL total, reserved, free, used; } Mem2;
R nvmlDeviceGetMemoryInfo(Dev *d, Mem *m) {
  DEVICE;
  if (number("unified", 0)) return 3;
  m->total = BLANK_UL(d->mig >= 0 ? 10737418240ull : 85899345920ull);
  m->used = BLANK_UL(d->mig >= 0 ? 1073741824ull : 10737418240ull);
  m->free = m->total - m->used;
  return 0;
}
R nvmlDeviceGetMemoryInfo_v2(Dev *d, Mem2 *m) {
  DEVICE;
  if (number("unified", 0)) return 3;
  if (m->version != (sizeof(Mem2) | 2u << 24)) return 25;
  m->total = BLANK_UL(d->mig >= 0 ? 10737418240ull : 85899345920ull);
  m->reserved = BLANK_UL(600000000ull);
  m->used = BLANK_UL(d->mig >= 0 ? 1073741824ull : 10737418240ull);
  m->free = 1;
  return 0;
}
R nvmlDeviceGetTemperature(Dev *d, int s, U *t) { PHYSICAL; if (s) return 2; *t = BLANK_U(55 + d->gpu); return 0; }
typedef struct { U version; int sensor; int temperature; } Temp;
R nvmlDeviceGetTemperatureV(Dev *d, Temp *t) {
  PHYSICAL;
  if (t->version != (sizeof(Temp) | 1u << 24)) return 25;
  t->temperature = (int)BLANK_U(55 + d->gpu);
  return 0;
}
typedef struct { U version; int margin; } Margin;
R nvmlDeviceGetMarginTemperature(Dev *d, Margin *m) {
  PHYSICAL;
  if (m->version != (sizeof(Margin) | 1u << 24)) return 25;
  m->margin = 32;
  return 0;
}
R nvmlDeviceGetTemperatureThreshold(Dev *d, int k, U *t) {
  static const U limits[] = {92, 89, 95, 87};
  PHYSICAL;
  if (k > 3) return 2;
  *t = BLANK_U(limits[k]);
  return 0;
}
R nvmlDeviceGetPowerUsage(Dev *d, U *p) { PHYSICAL; *p = BLANK_U(312345); return 0; }
R nvmlDeviceGetTotalEnergyConsumption(Dev *d, UL *e) { PHYSICAL; *e = BLANK_UL(energy(d)); return 0; }
R nvmlDeviceGetEnforcedPowerLimit(Dev *d, U *p) { PHYSICAL; *p = BLANK_U(700000); return 0; }
R nvmlDeviceGetPowerManagementLimit(Dev *d, U *p) { PHYSICAL; *p = BLANK_U(690000); return 0; }
R nvmlDeviceGetPowerManagementLimitConstraints(Dev *d, U *a, U *b) { PHYSICAL; *a = BLANK_U(200000); *b = BLANK_U(700000); return 0; }
R nvmlDeviceGetPowerManagementDefaultLimit(Dev *d, U *p) { PHYSICAL; *p = BLANK_U(700000); return 0; }
R nvmlDeviceGetClockInfo(Dev *d, int k, U *c) {
  static const U clocks[] = {1980, 1979, 2619, 1545};
  PHYSICAL;
  if (k > 3) return 2;
  *c = BLANK_U(clocks[k]);
  return 0;
}
R nvmlDeviceGetCurrentClocksEventReasons(Dev *d, UL *r) { PHYSICAL; *r = BLANK_UL(number("reasons", 4)); return 0; }
R nvmlDeviceGetCurrentClocksThrottleReasons(Dev *d, UL *r) { PHYSICAL; *r = BLANK_UL(number("reasons", 4)); return 0; }
R nvmlDeviceGetTotalEccErrors(Dev *d, int t, int c, UL *n) { PHYSICAL; *n = BLANK_UL(t == 0 ? 7 + c : 0); return 0; }
R nvmlDeviceGetPcieReplayCounter(Dev *d, U *n) { PHYSICAL; *n = BLANK_U(5); return 0; }
R nvmlDeviceGetNumFans(Dev *d, U *n) { PHYSICAL; *n = BLANK_U(2); return 0; }
R nvmlDeviceGetFanSpeed_v2(Dev *d, U f, U *s) { PHYSICAL; *s = BLANK_U(40 + f); return 0; }
typedef struct { U version, fan, speed; } Fan;
R nvmlDeviceGetFanSpeedRPM(Dev *d, Fan *f) {
  PHYSICAL;
  if (f->version != (sizeof(Fan) | 1u << 24)) return 25;
  f->speed = BLANK_U(2000 + f->fan);
  return 0;
}
R nvmlDeviceGetRemappedRows(Dev *d, U *a, U *b, U *c, U *f) { PHYSICAL; *a = BLANK_U(1); *b = BLANK_U(2); *c = 0; *f = 0; return 0; }
R nvmlDeviceGetCurrPcieLinkGeneration(Dev *d, U *n) { PHYSICAL; *n = BLANK_U(5); return 0; }
R nvmlDeviceGetMaxPcieLinkGeneration(Dev *d, U *n) { PHYSICAL; *n = BLANK_U(5); return 0; }
R nvmlDeviceGetCurrPcieLinkWidth(Dev *d, U *n) { PHYSICAL; *n = BLANK_U(number("width", 16)); return 0; }
R nvmlDeviceGetMaxPcieLinkWidth(Dev *d, U *n) { PHYSICAL; *n = BLANK_U(16); return 0; }
typedef struct { U version; unsigned char uuid[16]; R status; U clique; unsigned char state; U mask; unsigned char summary; } Fabric;
R nvmlDeviceGetGpuFabricInfoV(Dev *d, Fabric *f) {
  PHYSICAL;
  if (f->version != (sizeof(Fabric) | 3u << 24)) return 25;
  f->status = 0;
  f->state = 3;
  f->summary = 1;
  return 0;
}
R nvmlDeviceGetPerformanceState(Dev *d, int *p) { PHYSICAL; *p = (int)BLANK_U(0); return 0; }
R nvmlDeviceGetNvLinkState(Dev *d, U l, int *a) {
  PHYSICAL;
  if (l >= 4) return 2;
  *a = l < (U)number("links", 4);
  return 0;
}
typedef struct { UL total, free, used; } Bar1;
R nvmlDeviceGetBAR1MemoryInfo(Dev *d, Bar1 *b) { PHYSICAL; b->total = 137438953472ull; b->used = 4194304; b->free = 1; return 0; }
R nvmlDeviceGetConfComputeProtectedMemoryUsage(Dev *d, Mem *m) { PHYSICAL; m->total = 1000; m->used = 100; m->free = 900; return 0; }
R nvmlDeviceGetPcieThroughput(Dev *d, int k, U *v) { PHYSICAL; *v = (U)(100 + k); return 0; }
R nvmlDeviceGetPersistenceMode(Dev *d, U *m) { PHYSICAL; *m = 1; return 0; }
R nvmlDeviceGetEccMode(Dev *d, U *a, U *b) { PHYSICAL; *a = 1; *b = 1; return 0; }
R nvmlDeviceGetComputeMode(Dev *d, U *m) { PHYSICAL; *m = 0; return 0; }
typedef struct { U pid; UL bytes; U gi, ci; } Process;
R nvmlDeviceGetComputeRunningProcesses_v3(Dev *d, U *n, Process *p) {
  PHYSICAL;
  if (*n < 2) return 7;
  p[0].pid = (U)getpid();
  p[0].bytes = 123456789;
  p[1].pid = 1;
  p[1].bytes = ~0ull; /* not available */
  *n = 2;
  return 0;
}

typedef struct { U pid; UL time; U sm, memory, encoder, decoder; } ProcessSample;
R nvmlDeviceGetProcessUtilization(Dev *d, ProcessSample *s, U *n, UL since) {
  static UL samples;
  UL last = (UL)number("process_time", (long long)(1000 * ++samples));
  PHYSICAL;
  if (last <= since) return 6; /* nothing since */
  if (*n < 3) return 7;
  memset(s, 0, 3 * sizeof *s);
  s[0].pid = (U)getpid();
  s[0].time = last - 10;
  s[0].sm = 90;
  s[1].pid = (U)getpid();
  s[1].time = last;
  s[1].sm = 40;
  s[1].memory = 20;
  s[1].encoder = BLANK_U(1);
  s[2].pid = 1;
  s[2].time = last - 5;
  s[2].sm = 5;
  *n = 3;
  return 0;
}
R nvmlDeviceGetMinorNumber(Dev *d, U *n) { PHYSICAL; *n = (U)d->gpu; return 0; }
typedef struct {
  int code;
  U state;
  char info[128], product[128];
  U enabled;
  struct { U year; unsigned short month, day, hour, minute, second; unsigned char status; } expiry;
} Licence;
typedef struct { int supported; U count; Licence features[3]; } Licences;
R nvmlDeviceGetGridLicensableFeatures_v4(Dev *d, Licences *l) {
  U i;
  DEVICE;
  memset(l, 0, sizeof *l);
  if (number("licensed", -1) < 0) return 0;
  l->supported = 1;
  l->count = 3;
  for (i = 0; i < 3; i++) {
    l->features[i].code = (int)i + 1;
    l->features[i].enabled = i != 2;
    l->features[i].state = (U)(number("licensed", 0) >> (i + 1)) & 1;
  }
  return 0;
}

R nvmlDeviceGetMigMode(Dev *d, U *a, U *b) {
  PHYSICAL;
  *a = *b = d->gpu == 0 && number("mig", 0) > 0;
  return 0;
}
R nvmlDeviceGetMaxMigDeviceCount(Dev *d, U *n) { PHYSICAL; *n = MIGS; return 0; }
R nvmlDeviceGetMigDeviceHandleByIndex(Dev *d, U i, Dev **m) {
  long long first = number("mig_first", 7);
  PHYSICAL;
  if (d->gpu != 0 || i >= (U)number("mig", 0)) return 6;
  m[0] = &migs[(first + i) % 64];
  m[0]->gpu = 0;
  m[0]->mig = (int)(first + i);
  return 0;
}
static int mig_alive(const Dev *d) {
  long long first = number("mig_first", 7);
  return d->mig >= first && d->mig < first + number("mig", 0);
}
R nvmlDeviceGetGpuInstanceId(Dev *d, U *n) { DEVICE; if (d->mig < 0 || !mig_alive(d)) return 6; *n = (U)d->mig; return 0; }
R nvmlDeviceGetComputeInstanceId(Dev *d, U *n) { DEVICE; if (d->mig < 0) return 6; *n = 0; return 0; }

typedef struct { U id, scope; long long timestamp, latency; int type; R code; union { double d; int si; U ui; unsigned long ul; UL ull; long long sll; unsigned short us; } v; } Field;
R nvmlDeviceGetFieldValues(Dev *d, int n, Field *f) {
  int i;
  PHYSICAL;
  for (i = 0; i < n; i++) {
    f[i].type = 3;
    f[i].code = 0;
    switch (f[i].id) {
      case 3: f[i].v.ull = 7; break;
      case 4: f[i].v.ull = (UL)number("dbe", 0); break;
      case 5: f[i].v.ull = 90; break;
      case 6: f[i].v.ull = 1; break;
      case 29: f[i].type = 1; f[i].v.ui = 2; break;
      case 30: f[i].type = 1; f[i].v.ui = 0; break;
      case 31: f[i].type = 1; f[i].v.ui = (U)number("pages_pending", 0); break;
      case 74: f[i].v.ull = 1500000000ull; break;
      case 75: f[i].v.ull = 2500000000ull; break;
      case 82: f[i].type = 1; f[i].v.ui = 61; break;
      case 83: f[i].v.ull = energy(d); break;
      case 94: f[i].type = 1; f[i].v.ui = 5; break;
      case 142: f[i].type = 1; f[i].v.ui = 1; break;
      case 143: f[i].type = 1; f[i].v.ui = 2; break;
      case 144: f[i].type = 1; f[i].v.ui = (U)number("remap_pending", 0); break;
      case 145: f[i].type = 1; f[i].v.ui = (U)number("remap_failed", 0); break;
      case 173: case 180: f[i].type = 1; f[i].v.ui = 4; break;
      case 186: f[i].type = 1; f[i].v.ui = 333000; break;
      case 197: case 198: f[i].v.ull = (UL)number("pcie", 1000000); break;
      case 230: f[i].type = 1; f[i].v.ui = (U)number("recovery", 0); break;
      case 38: case 45: case 52: case 59: f[i].v.ull = 3; break;
      case 138: case 139:
        if (f[i].scope != ~0u && f[i].scope >= 4) { f[i].code = 3; break; }
        f[i].v.ull = f[i].scope == ~0u ? 4096 : 1024;
        break;
      case 161: case 162: case 163:
        if (f[i].scope >= 4) { f[i].code = 2; break; }
        f[i].v.ull = 2;
        break;
      case 170: f[i].type = 1; f[i].v.ui = (U)number("c2c", 0); break;
      case 171: case 172:
        if (f[i].scope >= (U)number("c2c", 0)) { f[i].code = 3; break; }
        f[i].type = 1;
        f[i].v.ui = f[i].id == 172 ? 44712 : f[i].scope + 1 < (U)number("c2c", 0);
        break;
      case 231: case 232: case 233: case 234:
        if (!number("c2c", 0)) { f[i].code = 3; break; }
        f[i].v.ull = f[i].id == 234 ? 0 : 6;
        break;
      case 251: case 252: case 253: case 254: case 255: case 256: case 257: case 258: case 259:
      case 260: case 261: case 262: case 263: case 264: case 265: case 266: case 267: case 268:
      case 269: case 270: case 271: {
        static const U smoothing[] = {1, 2, 0, 1000, 700, 90, 60, 99, 5, 1, 1, 1, 1, 3, 1, 1, 1, 1};
        U cuda = (U)number("cuda", 13010);
        U slow = cuda >= 13010 ? 269 : cuda >= 12090 ? 251 : 1000;
        U smooth = cuda >= 13010 ? 251 : cuda >= 12090 ? 256 : cuda >= 12080 ? 251 : 1000;
        if (f[i].id >= slow && f[i].id < slow + 3) f[i].v.ull = 2000000000ull;
        else if (number("smoothing", 0) && f[i].id >= smooth && f[i].id < smooth + 18) {
          f[i].type = 1;
          f[i].v.ui = smoothing[f[i].id - smooth];
        } else f[i].code = 3;
        break;
      }
      default: f[i].code = 3;
    }
    if (f[i].code == 0 && number("blank", 0)) {
      f[i].v.ull = ~0ull;
    }
  }
  return 0;
}

typedef struct { U version, supported; } GpmSupport;
R nvmlGpmQueryDeviceSupport(Dev *d, GpmSupport *s) { PHYSICAL; s->supported = (U)number("gpm", 1); return 0; }
R nvmlGpmSampleAlloc(Sample **s) { SYSTEM; *s = calloc(1, sizeof(Sample)); open_samples++; return 0; }
R nvmlGpmSampleFree(Sample *s) { SYSTEM; free(s); open_samples--; return 0; }
R nvmlGpmSampleGet(Dev *d, Sample *s) { PHYSICAL; s->id = 1; return 0; }
R nvmlGpmMigSampleGet(Dev *d, U gi, Sample *s) { PHYSICAL; s->id = (int)gi; return 0; }
typedef struct { U id; R code; double value; struct { char *a, *b, *c; } info; } GpmMetric;
typedef struct { U version, count; Sample *first, *second; GpmMetric metrics[64]; } GpmGet;
R nvmlGpmMetricsGet(GpmGet *g) {
  U i;
  SYSTEM;
  if (g->version != 1) return 25;
  if (!g->first->id || !g->second->id) return 2;
  for (i = 0; i < g->count; i++) {
    GpmMetric *m = &g->metrics[i];
    m->code = m->id >= 60 || m->id == 50 || m->id == 51 ? 3 : 0;
    m->value = m->id == 20 || m->id == 21 ? 10 : 50;
  }
  return 0;
}

typedef struct { int unused; } Set;
static Set the_set;
typedef struct { Dev *device; UL type, data; U gi, ci; } Event;
R nvmlDeviceGetSupportedEventTypes(Dev *d, UL *t) { PHYSICAL; *t = 0x1FF; return 0; }
R nvmlEventSetCreate(Set **s) { SYSTEM; *s = &the_set; return 0; }
R nvmlEventSetFree(Set *s) { SYSTEM; (void)s; return 0; }
R nvmlDeviceRegisterEvents(Dev *d, UL t, Set *s) { (void)t; (void)s; PHYSICAL; return 0; }
R nvmlEventSetWait_v2(Set *s, Event *e, U ms) {
  U waited;
  (void)s;
  SYSTEM;
  if (!getenv("FAKE_NVML_SCRIPT")) {
    usleep(ms * 1000);
    return 10;
  }
  for (waited = 0; waited < ms; waited += 10) {
    long long xid = number("xid", -1);
    long long serial = number("xid_serial", 0);
    if (xid >= 0 && serial != last_serial) {
      last_serial = serial;
      e->device = &gpus[0];
      e->type = 8;
      e->data = (UL)xid;
      e->gi = ~0u;
      e->ci = ~0u;
      return 0;
    }
    usleep(10000);
  }
  return 10;
}
