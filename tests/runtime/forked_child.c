/* What docs/embedding.md lets a forked child do with an engine that it inherited: destroy it, before or after
   it made one of its own. Usage: serene-test-forked-child MODEL */
#include <math.h>
#include <serene/serene.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kThreads = 4, kSamples = 16000, kMostLabels = 16 };

static float clip[kSamples];
static serene_model* model;

static void require(int holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "%s: %s\n", what, serene_last_error());
  _exit(1);
}

static serene_engine* create(void) {
  serene_engine_options options;
  serene_engine* engine = NULL;
  serene_engine_options_init(&options);
  options.device = SERENE_DEVICE_CPU;
  options.threads = kThreads;
  require(serene_engine_create(model, &options, &engine) == SERENE_OK, "create");
  return engine;
}

static void score(serene_engine* engine, float* posterior) {
  const serene_clip clips = {clip, kSamples};
  serene_score_outputs outputs = {0};
  outputs.struct_size = sizeof(outputs);
  outputs.posterior = posterior;
  require(serene_engine_score(engine, &clips, 1, &outputs) == SERENE_OK, "score");
}

static void require_score(serene_engine* engine, const float* wanted, const char* what) {
  float posterior[kMostLabels] = {0};
  score(engine, posterior);
  require(memcmp(posterior, wanted, sizeof(posterior)) == 0, what);
}

typedef void (*Child)(serene_engine* inherited, const float* wanted);

static void destroys_it(serene_engine* inherited, const float* wanted) {
  (void)wanted;
  serene_engine_destroy(inherited);
}

static void destroys_it_before_its_own(serene_engine* inherited, const float* wanted) {
  serene_engine_destroy(inherited);
  serene_engine* own = create();
  require_score(own, wanted, "the child's score differs");
  serene_engine_destroy(own);
}

/* The threads of its own have the stacks that those of the inherited engine had. */
static void destroys_it_beside_its_own(serene_engine* inherited, const float* wanted) {
  serene_engine* own = create();
  require_score(own, wanted, "the child's score differs");
  serene_engine_destroy(inherited);
  require_score(own, wanted, "the child's score differs once the inherited engine is gone");
  serene_engine_destroy(own);
  serene_model_close(model);
}

static void has_a_child(serene_engine* inherited, const float* wanted);

static void in_child(Child child, const char* name, serene_engine* engine, const float* wanted) {
  int status = -1;
  const pid_t pid = fork();
  require(pid >= 0, "fork");
  if (pid == 0) {
    alarm(60); /* instead of waiting for threads that are not there */
    child(engine, wanted);
    _exit(0);
  }
  require(waitpid(pid, &status, 0) == pid, "waitpid");
  if (WIFSIGNALED(status)) fprintf(stderr, "a child that %s: signal %d\n", name, WTERMSIG(status));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) _exit(1);
}

static void has_a_child(serene_engine* inherited, const float* wanted) {
  serene_engine* own = create();
  in_child(destroys_it_beside_its_own, "destroys its grandparent's engine", inherited, wanted);
  in_child(destroys_it_beside_its_own, "destroys its parent's engine", own, wanted);
  serene_engine_destroy(own);
  serene_engine_destroy(inherited);
}

int main(int argc, char** argv) {
  float posterior[kMostLabels] = {0};
  require(argc == 2, "usage: serene-test-forked-child MODEL");
  for (int i = 0; i < kSamples; ++i) clip[i] = 0.3f * sinf(0.05f * (float)i);
  require(serene_model_open(argv[1], &model) == SERENE_OK, "open");
  require(serene_model_label_count(model) <= kMostLabels, "labels");
  serene_engine* engine = create();
  score(engine, posterior);
  in_child(destroys_it, "destroys it", engine, posterior);
  in_child(destroys_it_before_its_own, "destroys it and makes one", engine, posterior);
  in_child(destroys_it_beside_its_own, "makes one and destroys it", engine, posterior);
  in_child(has_a_child, "has a child", engine, posterior);
  require_score(engine, posterior, "the parent's score differs");
  serene_engine_destroy(engine);
  serene_model_close(model);
  return 0;
}
