"""Modules in place of wandb, mlflow and trackio: they take what the real ones take, and remember it.

The parameters are those of wandb 0.31, mlflow 3.17 and trackio 0.43, as far as they are used.
"""

import contextvars
from pathlib import Path
from types import ModuleType, SimpleNamespace


def module(name, **content):
    made = ModuleType(name)
    vars(made).update(content)
    return made


class Service:
    """The content of a service: of each run its numbers by name and step, its pictures, how it ended each time."""

    def __init__(self):
        self.runs, self.modules = {}, {}

    def begin(self, id, **about):
        self.runs[id] = SimpleNamespace(id=id, about=about, numbers={}, pictures={}, ends=[], notes={}, told=0)
        return self.runs[id]

    def put(self, run, name, step, value):
        assert (name, step) not in run.numbers, f"{name} of step {step} comes twice"
        run.numbers[name, step] = value


class Wandb(Service):
    """Steps only grow, and a run that was begun before goes on after its last one."""

    def __init__(self):
        super().__init__()
        self.modules["wandb"] = module("wandb", init=self.init, Image=lambda path: Path(path).read_bytes())

    def init(self, *, project, id, name, dir, config, resume, reinit):
        assert reinit == "create_new" and Path(dir).is_dir()
        assert (resume == "allow") == (id in self.runs), "a new run takes no resume, a known one does"
        run = self.runs.get(id) or self.begin(id, project=project, name=name, config=config)

        def log(values, step):
            assert step >= there.step
            there.step = step
            for key, value in values.items():
                if isinstance(value, bytes):
                    run.pictures[key, step] = value
                elif key != "kimg":
                    self.put(run, key, step, value)

        there = SimpleNamespace(step=max((step for _, step in run.numbers), default=-1) + 1, log=log)
        there.summary = run.notes
        there.finish = lambda exit_code: run.ends.append(exit_code)
        return there


class Mlflow(Service):
    """The client and the values it takes; a name must be short and plain."""

    class MlflowException(Exception):  # its own name
        pass

    def __init__(self):
        super().__init__()
        self.experiments = {}
        entities = module(
            "mlflow.entities",
            Metric=lambda key, value, timestamp, step: SimpleNamespace(key=key, value=value, step=step, at=timestamp),
            Param=lambda key, value: (key, value),
        )
        exceptions = module("mlflow.exceptions", MlflowException=self.MlflowException)
        self.modules = {
            "mlflow": module("mlflow", MlflowClient=lambda: self, entities=entities, exceptions=exceptions),
            "mlflow.entities": entities,
            "mlflow.exceptions": exceptions,
        }

    def get_experiment_by_name(self, name):
        return SimpleNamespace(experiment_id=self.experiments[name]) if name in self.experiments else None

    def create_experiment(self, name):
        if name in self.experiments:
            raise self.MlflowException(f"there is an experiment {name}")
        self.experiments[name] = str(len(self.experiments))
        return self.experiments[name]

    def create_run(self, experiment_id, start_time=None, tags=None, run_name=None):
        run = self.begin(f"run{len(self.runs)}", project=experiment_id, name=run_name, config={}, tags=tags)
        return SimpleNamespace(info=SimpleNamespace(run_id=run.id))

    def update_run(self, run_id, status=None, name=None):
        self.runs[run_id].ends.append(status)

    def log_batch(self, run_id, metrics=(), params=(), tags=(), synchronous=None):
        assert len(params) <= 100 and len(metrics) <= 1000
        for key, value in params:
            assert key not in self.runs[run_id].about["config"], "a parameter is set once"
            assert len(key) <= 250 and len(value) <= 500
            self.runs[run_id].about["config"][key] = value
        for metric in metrics:
            if metric.key != "kimg":
                self.put(self.runs[run_id], metric.key, metric.step, metric.value)

    def log_dict(self, run_id, dictionary, artifact_file):
        self.runs[run_id].notes[artifact_file] = dictionary

    def log_image(self, run_id, image, artifact_file=None, key=None, step=None, timestamp=None, synchronous=None):
        assert synchronous and image.mode == "RGB" and (key, step) not in self.runs[run_id].pictures
        self.runs[run_id].pictures[key, step] = image.tobytes()

    def set_tag(self, run_id, key, value):
        self.runs[run_id].notes[key] = value

    def set_terminated(self, run_id, status=None, end_time=None):
        self.runs[run_id].ends.append(status)


class Trackio(Service):
    """Runs are told apart by their names; to begin one finishes the one that was begun in the same context."""

    def __init__(self):
        super().__init__()
        self.current = contextvars.ContextVar("current", default=None)
        self.modules["trackio"] = module("trackio", init=self.init, Image=lambda path: Path(path).read_bytes())

    def init(self, project, *, name, config, resume, embed, auto_log_gpu, auto_log_cpu):
        assert resume == "allow" and not (embed or auto_log_gpu or auto_log_cpu)
        assert self.current.get() is None, "the run of the same context is finished"
        self.current.set(name)
        run = self.runs.get(name) or self.begin(name, project=project, name=name, config=config)

        def log(metrics, step):
            for key, value in metrics.items():
                if isinstance(value, bytes):
                    assert (key, step) not in run.pictures
                    run.pictures[key, step] = value
                elif key != "kimg":
                    self.put(run, key, step, value)

        return SimpleNamespace(
            log=log,
            alert=lambda title, text: run.ends.append(title),
            finish=lambda: run.ends.append("finished"),
        )


SERVICES = {"wandb": Wandb, "mlflow": Mlflow, "trackio": Trackio}
