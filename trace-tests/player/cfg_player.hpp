// SPDX-License-Identifier: Apache-2.0
// Plays a .cfg trace: register queues per unit, interrupts with their expectations, memory and
// checks triggered by ids, all at the same time. docs/trace-formats.md.
//
// Among the queues that can go on, the statement that comes first in the file goes first: one legal
// order of many, the same in every run, and plain file order where nothing blocks.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "trace-tests/player/run_state.hpp"

namespace dla::trace {

class CfgPlayer {
  public:
    explicit CfgPlayer(RunState& run);

    // In two SC_THREADs. play() returns when every check is done and every queue is empty.
    void play();
    void serve_interrupts();
    void visit_state(StateVisitor& state);
    // Answers to the reads of an interrupt are under way.
    bool serving() const { return serving_; }

  private:
    struct Queue {
        std::vector<std::uint32_t> statements;
        std::size_t next = 0;
        sc_core::sc_time ready_at;
        std::uint64_t reads = 0;  // of the poll at the head

        bool empty() const { return next == statements.size(); }
    };
    struct Expectation {
        unsigned bit;
        Id id;
    };

    void sort_statements();
    bool initialise_memory();
    Queue* runnable();
    bool wait_for_queue();
    void advance(Queue& queue);
    void read(Queue& queue, const Statement& statement, const ReadRegister& read);
    const Statement& head(const Queue& queue) const;
    bool blocked(const Queue& queue) const;
    bool interrupted() const;
    bool done() const;

    void trigger(Id id);
    void run_triggered(const Statement& statement);
    bool serve_once();
    void expect(unsigned bit);

    RunState& run_;
    std::map<std::uint32_t, Queue> queues_;               // by slot
    std::vector<std::vector<std::uint32_t>> on_trigger_;  // statements per id, in file order
    std::vector<bool> triggered_;
    std::size_t checks_left_ = 0;
    std::size_t expectations_left_ = 0;
    bool has_checks_ = false;
    bool timed_ = false;  // accesses carry their clocks
    bool begun_ = false;  // memory is initialised
    bool serving_ = false;
    bool stopped_ = false;                                  // an error, nothing goes on
    std::map<unsigned, std::deque<Expectation>> expected_;  // by source, in file order
    std::deque<Id> expected_any_;
    sc_core::sc_event changed_;
};

}  // namespace dla::trace
