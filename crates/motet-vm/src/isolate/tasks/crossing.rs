//! Values on their way out of the isolate. Everything that is sent goes through [`Isolate::pack`].

use crate::error::{Error, ErrorKind, Result};
use crate::future::{ExportRequest, Future};
use crate::interpreter::unwind;
use crate::isolate::Isolate;
use crate::memory::{Parcel, Refusal, Value, print_value};
use crate::threads::Package;

impl Isolate {
    /// Packs a value for another isolate: what is mutable is copied, what is frozen is shared (T-18).
    pub(crate) fn pack(&mut self, value: &Value) -> Result<Parcel> {
        let parcel = Parcel::pack(value, &self.heap).map_err(|refusal| refused(value, &refusal));
        self.export_futures();
        parcel.map(|parcel| self.count_under_way(parcel))
    }

    /// Packs a function with its arguments, as a list. Refusals speak of the function or the argument.
    pub(crate) fn pack_call(&mut self, call: &Value) -> Result<Parcel> {
        let parcel = Parcel::pack(call, &self.heap).map_err(|refusal| {
            let (place, path) =
                refusal.path.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or_default();
            let item = place.parse().ok().and_then(|at| call.as_list()?.get(at));
            let refusal = Refusal { path: path.into(), reason: refusal.reason.clone() };
            refused(item.as_ref().unwrap_or(call), &refusal)
        });
        self.export_futures();
        parcel.map(|parcel| self.count_under_way(parcel))
    }

    /// Packs the result of a task for those who wait elsewhere. An error that cannot be packed is replaced by one that
    /// says the same in words.
    pub(crate) fn package(
        &mut self,
        result: std::result::Result<Value, Value>,
    ) -> std::result::Result<Package, Package> {
        let error = match result {
            Ok(value) => match self.pack(&value) {
                Ok(parcel) => return Ok(Package::new(parcel)),
                Err(error) => unwind::error_instance(self, error),
            },
            Err(error) => error,
        };
        unwind::note_thread(self, &error);
        let parcel = self.pack(&error).or_else(|_| {
            let text = print_value(&error, &self.message_options());
            let replacement = self.new_error(ErrorKind::Error, &text, Some("the error itself could not be sent"));
            self.pack(&replacement)
        });
        Err(Package::new(parcel.expect("text can be sent")))
    }

    /// Sees to the futures that were just sent away.
    pub(crate) fn export_futures(&mut self) {
        while let Some(request) = self.tasks.exports.take() {
            match request {
                ExportRequest::Settled(completer, result) => {
                    // Packing may send more futures; they come next.
                    let package = match result {
                        Ok(value) => match Parcel::pack(&value, &self.heap) {
                            Ok(parcel) => Ok(Package::new(parcel)),
                            Err(refusal) => {
                                let error = unwind::error_instance(self, refused(&value, &refusal));
                                Err(self.package_plain(&error))
                            }
                        },
                        Err(error) => Err(self.package_plain(&error)),
                    };
                    drop(completer.complete(package));
                }
                ExportRequest::Running(completer, task) => {
                    self.cancel_with(&completer, task);
                    let about = match &self.tasks.current {
                        Some(about) if about.id == task => Some(about.future.clone()),
                        _ => self.tasks.slots.task(task).map(|task| task.about.future.clone()),
                    };
                    if let Some(future) = about
                        && let Some(body) = Future::of(&future)
                    {
                        body.keep_completer(completer);
                    }
                }
            }
        }
    }

    /// An error as a package; in words if it cannot be packed.
    fn package_plain(&mut self, error: &Value) -> Package {
        let parcel = Parcel::pack(error, &self.heap).or_else(|_| {
            let text = print_value(error, &self.message_options());
            Parcel::pack(&self.new_error(ErrorKind::Error, &text, None), &self.heap)
        });
        Package::new(parcel.expect("text can be sent"))
    }
}

/// Why a value cannot be sent, with the way to the part that is to blame.
fn refused(value: &Value, refusal: &Refusal) -> Error {
    let kind = crate::builtins::type_name(value);
    let variable = refusal.path.rsplit_once("'s variable ").map(|(_, name)| name);
    if refusal.reason == "a mutable variable"
        && let Some(name) = variable
    {
        return Error::new(
            ErrorKind::SendError,
            format!("this function uses the variable {name}, which can change, so it cannot go to another thread"),
        )
        .with_hint(format!("pass its value (args: {{{name}: {name}}}), bind it with let, or share a signal"));
    }
    let message = match refusal.path.as_str() {
        "" => format!("this {kind} cannot be sent to another thread: it is {}", refusal.reason),
        path => {
            format!("this {kind} cannot be sent to another thread: its {} is {}", path_in_words(path), refusal.reason)
        }
    };
    Error::new(ErrorKind::SendError, message)
}

/// `.items[3]`, or `variable x` for a function's.
fn path_in_words(path: &str) -> &str {
    path.strip_prefix("'s ").unwrap_or(path)
}
