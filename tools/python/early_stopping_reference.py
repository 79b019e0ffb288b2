# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow-cpu==2.21.0", "keras==3.15.1"]
# ///
"""What Keras' EarlyStopping does with given losses.

Reads from standard input a JSON list of cases {"patience", "minDelta", "losses"}: the validation loss after each epoch.
Prints a JSON list of {"epochs", "best"}: the epochs trained, and the loss that counted as the lowest.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402


class Model:
    stop_training = False


def train(case):
    model = Model()
    rule = keras.callbacks.EarlyStopping(
        monitor="val_loss", mode="min", patience=case["patience"], min_delta=case["minDelta"]
    )
    rule.set_model(model)
    rule.on_train_begin()
    epochs = 0
    for loss in case["losses"]:
        rule.on_epoch_end(epochs, {"val_loss": loss})
        epochs += 1
        if model.stop_training:
            break
    return {"epochs": epochs, "best": rule.best}


json.dump([train(case) for case in json.load(sys.stdin)], sys.stdout)
