//! Threads that each do one blocking call at a time, for stores that group the calls of threads.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that wait for jobs. They end when this is dropped.
#[derive(Default)]
pub struct Crew(Vec<Member>);

struct Member {
    jobs: Sender<Job>,
    done: Receiver<()>,
}

impl Member {
    fn start() -> Self {
        let (jobs, taken) = channel::<Job>();
        let (tell, done) = channel();
        thread::spawn(move || {
            for job in taken {
                job();
                if tell.send(()).is_err() {
                    break;
                }
            }
        });
        Self { jobs, done }
    }
}

impl Crew {
    /// Has at least this many threads.
    pub fn ready(&mut self, threads: usize) {
        while self.0.len() < threads {
            self.0.push(Member::start());
        }
    }

    /// Does each job on a thread of its own; returns when all are done.
    pub fn run(&self, jobs: Vec<Job>) {
        assert!(jobs.len() <= self.0.len(), "a thread for each job");
        let count = jobs.len();
        for (member, job) in self.0.iter().zip(jobs) {
            member.jobs.send(job).expect("the thread lives");
        }
        for member in &self.0[..count] {
            member.done.recv().expect("no job panics");
        }
    }
}
