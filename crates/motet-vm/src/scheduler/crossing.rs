//! Values on their way out of the isolate. Everything that is sent goes through [`Scheduler::pack`].

use super::Scheduler;
use crate::builtins::settle_sent;
use crate::error::{ErrorKind, Result};
use crate::future::{ExportRequest, Future};
use crate::interpreter::unwind;
use crate::isolate::{Holder, refused};
use crate::memory::{Parcel, Refusal, Value, print_value};
use crate::threads::{Carried, Package};

/// What a trace calls the result of a task that goes to another thread.
const RESULT: &str = "result";

impl Scheduler<'_> {
    /// Packs a value for another isolate: what is mutable is copied, what is frozen is shared (T-18).
    pub(crate) fn pack(&mut self, value: &Value) -> Result<Parcel> {
        let parcel =
            Parcel::pack(value, &self.isolate.heap).map_err(|refusal| refused(value, &refusal, Holder::Thread));
        self.export_futures();
        settle_sent(self.isolate)?;
        parcel.map(|parcel| self.isolate.count_under_way(parcel))
    }

    /// Packs a value for a channel.
    pub(crate) fn put_into_channel(&mut self, value: &Value) -> Result<Carried> {
        let parcel = self.pack(value)?;
        Ok(Carried { parcel, flow: self.trace_send("value") })
    }

    /// Unpacks what came through a channel.
    pub(crate) fn take_from_channel(&mut self, carried: Carried) -> Value {
        self.trace_receive(carried.flow);
        carried.parcel.unpack(&self.isolate.heap)
    }

    /// Packs a function, or a list of a function and its arguments. Refusals speak of the function or the argument.
    pub(crate) fn pack_call(&mut self, call: &Value) -> Result<Parcel> {
        if call.as_list().is_none() {
            return self.pack(call);
        }
        let parcel = Parcel::pack(call, &self.isolate.heap).map_err(|refusal| {
            let (place, path) =
                refusal.path.strip_prefix('[').and_then(|rest| rest.split_once(']')).unwrap_or_default();
            let item = place.parse().ok().and_then(|at| call.as_list()?.get(at));
            let refusal = Refusal { path: path.into(), reason: refusal.reason.clone() };
            refused(item.as_ref().unwrap_or(call), &refusal, Holder::Thread)
        });
        self.export_futures();
        settle_sent(self.isolate)?;
        parcel.map(|parcel| self.isolate.count_under_way(parcel))
    }

    /// Packs the result of a task for those who wait elsewhere. An error that cannot be packed is replaced by one that
    /// says the same in words.
    pub(crate) fn package(
        &mut self,
        result: std::result::Result<Value, Value>,
    ) -> std::result::Result<Package, Package> {
        let error = match result {
            Ok(value) => match self.pack(&value) {
                Ok(parcel) => return Ok(Package::new(parcel, self.trace_send(RESULT))),
                Err(error) => unwind::error_instance(self.isolate, error),
            },
            Err(error) => error,
        };
        unwind::note_thread(self.isolate, &error);
        let parcel = self.pack(&error).or_else(|_| {
            let text = print_value(&error, &self.isolate.message_options());
            let replacement =
                self.isolate.new_error(ErrorKind::Error, &text, Some("the error itself could not be sent"));
            self.pack(&replacement)
        });
        Err(Package::new(parcel.expect("text can be sent"), self.trace_send(RESULT)))
    }

    /// Sees to the futures that were just sent away.
    pub(crate) fn export_futures(&mut self) {
        while let Some(request) = self.isolate.tasks.exports.take() {
            match request {
                ExportRequest::Settled(completer, result) => {
                    // Packing may send more futures; they come next.
                    let package = match result {
                        Ok(value) => match Parcel::pack(&value, &self.isolate.heap) {
                            Ok(parcel) => Ok(Package::new(parcel, self.trace_send(RESULT))),
                            Err(refusal) => {
                                let error =
                                    unwind::error_instance(self.isolate, refused(&value, &refusal, Holder::Thread));
                                Err(self.package_plain(&error))
                            }
                        },
                        Err(error) => Err(self.package_plain(&error)),
                    };
                    drop(completer.complete(package));
                }
                ExportRequest::Running(completer, task) => {
                    let record = match &self.isolate.tasks.current {
                        Some(record) if record.id == task => Some(record.future.clone()),
                        _ => self.isolate.tasks.slots.task(task).map(|task| task.record.future.clone()),
                    };
                    if let Some(future) = record
                        && let Some(body) = Future::of(&future)
                    {
                        let cancel = self.cancel_with(&completer, task);
                        body.keep_completer(completer, cancel);
                    }
                }
            }
        }
    }

    /// An error as a package; in words if it cannot be packed.
    fn package_plain(&mut self, error: &Value) -> Package {
        let parcel = Parcel::pack(error, &self.isolate.heap).or_else(|_| {
            let text = print_value(error, &self.isolate.message_options());
            Parcel::pack(&self.isolate.new_error(ErrorKind::Error, &text, None), &self.isolate.heap)
        });
        Package::new(parcel.expect("text can be sent"), self.trace_send(RESULT))
    }
}
